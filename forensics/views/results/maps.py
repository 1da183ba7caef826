"""The map of a picture's traces in sentences, and as an object for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from forensics._records import Chance, Count, TypedDict
from forensics.box import Box, BoxRecord
from forensics.counting import counted
from forensics.detection.verdict.inspect import Inspection
from forensics.traces.regions.histories import History
from forensics.traces.regions.maps import (
    LEAST_CHANCE,
    Layer,
    LayerName,
    Region,
    Sign,
    TraceMap,
    Trait,
)
from forensics.views.results.files import box_words
from forensics.views.results.sentences import listed

__all__ = [
    "LAYER_WORDS",
    "MapRecord",
    "map_record",
    "map_sentences",
    "region_box",
    "region_title",
    "regions_told",
]

LAYER_WORDS: dict[LayerName, str] = {
    "JPEG grid": "the grid and steps of JPEG",
    "earlier JPEG": "an earlier save as JPEG",
    "bands of period 2": "bands of period 2",
    "resampling": "beats of resizing",
    "fingerprint": "fingerprints of known networks",
}
"""What each kind of evidence is called in sentences."""
_NO_GENERATOR = "This says that it has another history than the rest, not that it was generated"


class SaveRecord(TypedDict):
    """A save as JPEG that a part has been through."""

    save: Literal["last", "earlier"]
    origin: tuple[int, int]
    quality: int


class RegionSignRecord(TypedDict):
    """What one kind of evidence says of a region: what it has, and what the rest has."""

    layer: LayerName
    nats: float
    p_value: Chance
    inside: SaveRecord | float | str | None
    outside: SaveRecord | float | str | None


class RegionRecord(TypedDict):
    """A part with another history than the rest."""

    box: BoxRecord
    p_value: Chance
    sentence: str
    signs: Sequence[RegionSignRecord]


class LayerRecord(TypedDict):
    """One kind of evidence, and whether a region would have been seen by it."""

    layer: LayerName
    judged: bool
    why: str | None
    shape: tuple[Count, Count]


class MapRecord(TypedDict):
    """What `inspect --map` adds."""

    judged: bool
    layers: Sequence[LayerRecord]
    regions: Sequence[RegionRecord]


def map_record(inspection: Inspection) -> MapRecord | None:
    """JSON object of the map of a picture.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.

    Returns
    -------
    MapRecord or None
        None where no map was asked for.
    """
    found = inspection.trace_map
    if found is None:
        return None
    return {
        "judged": found.judged,
        "layers": [_layer_record(one) for one in found.layers],
        "regions": [
            {
                "box": region_box(one, inspection).to_dict(),
                "p_value": one.p_value,
                "sentence": _on_region(one, inspection),
                "signs": [_sign_record(sign) for sign in one.signs],
            }
            for one in found.regions
        ],
    }


def _layer_record(layer: Layer) -> LayerRecord:
    rows, columns = layer.values.shape
    return {
        "layer": layer.name,
        "judged": layer.judged,
        "why": layer.why or None,
        "shape": (rows, columns),
    }


def _sign_record(sign: Sign) -> RegionSignRecord:
    return {
        "layer": sign.layer,
        "nats": sign.nats,
        "p_value": sign.p_value,
        "inside": _found_record(sign.inside),
        "outside": _found_record(sign.outside),
    }


def _found_record(found: Trait) -> SaveRecord | float | str | None:
    if isinstance(found, History):
        return {"save": found.save, "origin": found.origin, "quality": found.quality}
    return found


def region_box(region: Region, inspection: Inspection) -> Box:
    """Where a region lies in the stored picture, also where a part of it was measured.

    Parameters
    ----------
    region : Region
        Region of the inspected part.
    inspection : Inspection
        Inspection that it was found in.

    Returns
    -------
    Box
        To be handed to ``--box``.
    """
    part = inspection.record.box
    if part is None:
        return region.box
    return region.box._replace(top=part.top + region.box.top, left=part.left + region.box.left)


def region_title(region: Region) -> str:
    """What a region is called over a figure.

    Parameters
    ----------
    region : Region
        Region of a picture.

    Returns
    -------
    str
        Without a full stop.
    """
    return f"{box_words(region.box)}: {_chance(region.p_value)}"


def regions_told(inspection: Inspection) -> str:
    """How many regions differ from the rest, for a row of a table.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.

    Returns
    -------
    str
        "" where none does, or no map was asked for.
    """
    regions = inspection.trace_map.regions if inspection.trace_map is not None else ()
    if not regions:
        return ""
    return f"({counted(len(regions), 'region')} apart: {region_box(regions[0], inspection)})"


def map_sentences(inspection: Inspection) -> tuple[str, ...]:
    """Sentences on the regions of a picture, or on what was looked at without finding one.

    Parameters
    ----------
    inspection : Inspection
        Inspection of the picture.

    Returns
    -------
    tuple of str
        None where no map was asked for.
    """
    found = inspection.trace_map
    if found is None:
        return ()
    if not found.judged:
        whys = dict.fromkeys(layer.why for layer in found.layers)
        said = listed(list(whys), "and")
        return (f"Whether a part has another history than the rest cannot be judged: {said}.",)
    regions = tuple(_on_region(one, inspection) for one in found.regions)
    return (*regions, f"{_NO_GENERATOR}.") if regions else (_on_none(found),)


def _on_none(found: TraceMap) -> str:
    looked = [LAYER_WORDS[one.name] for one in found.layers if one.judged]
    unjudged = [LAYER_WORDS[one.name] for one in found.layers if not one.judged]
    said = f"No part was found to differ from the rest in {listed(looked, 'or')}"
    if unjudged:
        said = f"{said}; by {listed(unjudged)} that could not be judged"
    return f"{said}. That is no proof of one history."


def _on_region(region: Region, inspection: Inspection) -> str:
    """The region, what shows it, and how to measure it alone."""
    box = region_box(region, inspection)
    shown = listed([_on_sign(one) for one in region.signs])
    return (
        f"{box_words(box).capitalize()}, to about 16 pixels, differ from the rest "
        f"({_chance(region.p_value)}): {shown}; measure them alone with --box {box}."
    )


def _chance(p: float) -> str:
    """The chance in words: smaller ones than that cannot be supported."""
    return "p below 1e-6" if p <= LEAST_CHANCE else f"p = {p:.0e}".replace("e-0", "e-")


def _on_sign(sign: Sign) -> str:
    inside, outside = sign.inside, sign.outside
    if sign.layer in ("JPEG grid", "earlier JPEG"):
        if _on_save(sign, inside) == _on_save(sign, outside):
            return "the steps of JPEG are other ones there than elsewhere"
        return f"there {_on_save(sign, inside)}, elsewhere {_on_save(sign, outside)}"
    if sign.layer == "fingerprint":
        name = inside if inside is not None else outside
        there, rest = ("have", "has not") if inside is not None else ("have not", "has")
        return f"they {there} the fingerprint of {name}, which the rest {rest}"
    if sign.layer == "resampling":
        return (
            f"they have the beat of a resized picture ({inside:.3f} cycles a pixel), the rest not"
        )
    return "every second line is busier there, and nowhere else"


def _on_save(sign: Sign, found: Trait) -> str:
    which = "last" if sign.layer == "JPEG grid" else "earlier"
    if not isinstance(found, History):
        return f"no {which} save as JPEG shows"
    row, column = found.origin
    return (
        f"the {which} save as JPEG has a quality of about {found.quality} "
        f"and blocks from row {row}, column {column}"
    )
