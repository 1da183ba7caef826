"""A heap sorted by maker, and a link of two pictures, as JSON and in words."""

from __future__ import annotations

from forensics._records import Chance, Count, TypedDict
from forensics.counting import counted
from forensics.detection.clusters import (
    COARSE,
    FAMILY_WISE,
    Cluster,
    Clusters,
    Ground,
    Limit,
    PictureLink,
)
from forensics.images.sources.names import printable
from forensics.views.results.explanation import wrapped
from forensics.views.results.records import (
    FORMAT_VERSION,
    SkippedRecord,
    Version,
    json_value,
    skipped_records,
)
from forensics.views.results.sentences import listed, render_chance, render_p

__all__ = [
    "ClustersRecord",
    "LinkRecord",
    "cluster_title",
    "clusters_record",
    "link_record",
    "render_clusters",
    "render_link",
]

_WIDTH = 96
_GROUNDS: dict[Ground, str] = {
    "whole frame": "one pattern over the whole frame",
    "decoder tile": "one pattern that repeats every 16 pixels",
    "fingerprint": "one known fingerprint",
}
_LIMITS: dict[Limit, str] = {
    "copies": "the two show the same picture, so that they share all of it and no link is told",
    "coarse": f"one was saved as JPEG below quality {COARSE}, too coarse for a link to be told",
}
MEANING = (
    "A group shares a source: a network, a decoder, a camera that stood still, a way of saving or "
    "a watermark. Only what matches the fingerprint of a known generator itself is said to come "
    "from it."
)
"""What a group is evidence of, and what not."""


class LinkRecord(TypedDict):
    """The object that `catforensics link --json` prints."""

    format_version: Version
    pictures: tuple[str, str]
    z: float
    p_value: Chance
    linked: bool
    compared_at: tuple[int, int]
    ground: Ground
    limit: Limit


class ClusterRecord(TypedDict):
    """One group."""

    name: str
    family: str | None
    grounds: list[Ground]
    p_value: Chance
    pictures: list[str]
    matched: list[str]


class ClustersRecord(TypedDict):
    """The object that `catforensics cluster --json` prints."""

    format_version: Version
    n_images: Count
    n_compared: Count
    family_wise: Chance
    groups: list[ClusterRecord]
    alone: list[str]
    copies: list[list[str]]
    n_skipped: Count
    skipped: list[SkippedRecord]


def link_record(found: PictureLink, names: tuple[str, str]) -> LinkRecord:
    """JSON object of a link.

    Parameters
    ----------
    found : PictureLink
        Link of two pictures, from `link_pictures`.
    names : (str, str)
        Names of the two.

    Returns
    -------
    LinkRecord
        Ready for JSON.
    """
    record: LinkRecord = {
        "format_version": FORMAT_VERSION,
        "pictures": names,
        "z": found.z,
        "p_value": found.p_value,
        "linked": found.linked,
        "compared_at": found.compared_at,
        "ground": found.ground,
        "limit": found.limit,
    }
    return json_value(record)


def render_link(found: PictureLink, names: tuple[str, str]) -> str:
    """Link of two pictures in sentences: whether there is one, and what it means.

    Parameters
    ----------
    found : PictureLink
        Link of two pictures, from `link_pictures`.
    names : (str, str)
        Names of the two.

    Returns
    -------
    str
        A few lines.
    """
    both = " and ".join(map(printable, names))
    rows, columns = found.compared_at
    measured = (
        f"z = {found.z:.1f}, {render_p(found.p_value)}, compared at {columns} x {rows} pixels"
    )
    if found.limit:
        return f"{both}: {_LIMITS[found.limit]} ({measured})."
    if found.linked:
        worth = (
            "Pictures of different sources show as much "
            f"{render_chance(found.p_value)}. The source may be a generator, or a "
            "camera that stood still, an editor, a frame or a watermark over both: look at them."
        )
        said = f"{both}: linked by {_GROUNDS[found.ground]} ({measured})."
    else:
        worth = (
            "That proves nothing: most generators leave no such pattern, and saving at low quality "
            "or making smaller takes it away."
        )
        said = f"{both}: no link found ({measured})."
    return "\n".join([said, *wrapped(worth, _WIDTH)])


def clusters_record(found: Clusters) -> ClustersRecord:
    """JSON object of a heap that was sorted.

    Parameters
    ----------
    found : Clusters
        Groups, from `cluster`.

    Returns
    -------
    ClustersRecord
        Ready for JSON.
    """
    record: ClustersRecord = {
        "format_version": FORMAT_VERSION,
        "n_images": len(found.names),
        "n_compared": found.n_compared,
        "family_wise": FAMILY_WISE,
        "groups": [
            {
                "name": one.name,
                "family": one.family,
                "grounds": list(one.grounds),
                "p_value": one.p_value,
                "pictures": list(one.pictures),
                "matched": list(one.matched),
            }
            for one in found.groups
        ],
        "alone": list(found.alone),
        "copies": [list(group) for group in found.copies],
        "n_skipped": len(found.skipped),
        "skipped": skipped_records(found.skipped),
    }
    return json_value(record)


def cluster_title(group: Cluster) -> str:
    """One group in a line: its name, its pictures, why they belong together.

    Parameters
    ----------
    group : Cluster
        The group.

    Returns
    -------
    str
        As in "group 1: 12 pictures share a source, by one pattern over the whole frame (p = 3e-9)".
    """
    named = printable(group.name if group.family is None else group.family)
    n, n_matched = len(group.pictures), len(group.matched)
    grounds = listed([_GROUNDS[ground] for ground in group.grounds])
    said = f"{named}: {counted(n)} share a source, by {grounds} ({render_p(group.p_value)})"
    if n_matched in (0, n):
        return said
    match = counted(n_matched, "of them matches", "of them match")
    return f"{said}; {match} the fingerprint"


def render_clusters(found: Clusters, *, most: int = 8) -> str:
    """Heap in text: each group with its pictures, then what is alone.

    Parameters
    ----------
    found : Clusters
        Groups, from `cluster`.
    most : int
        Pictures of a group that are named.

    Returns
    -------
    str
        Some lines.
    """
    lines: list[str] = []
    for group in found.groups:
        lines += [cluster_title(group), *_names(group, most)]
    if not found.groups:
        lines.append("No two pictures share a source that shows.")
    lines.append(f"alone: {counted(len(found.alone))}")
    if found.copies:
        n = sum(len(group) - 1 for group in found.copies)
        lines.append(
            f"copies of others, not compared: {counted(n)} (of "
            f"{listed([printable(group[0]) for group in found.copies[:3]])}"
            f"{'' if len(found.copies) <= 3 else f' and {len(found.copies) - 3} more'})"
        )
    return "\n".join([*lines, *wrapped(MEANING, _WIDTH)])


def _names(group: Cluster, most: int) -> list[str]:
    own = set(group.matched)
    shown = [
        f"  {printable(name)}" + ("" if not own or name in own else "  (does not match itself)")
        for name in group.pictures[:most]
    ]
    more = len(group.pictures) - most
    return [*shown, f"  and {more:,} more"] if more > 0 else shown
