"""Show, with evidence, that a picture came out of a generator.

The front door: every public name, loaded when it is first used, so that
``import forensics`` and ``catforensics --help`` cost next to nothing.

Examples
--------
>>> import forensics as cf
>>> from skimage.data import chelsea
>>> profile = cf.line_profile(chelsea(), axis="rows", kind="second")
>>> cf.period_test(profile)[0].p_value > 0.01
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "EmptySetError": "errors",
    "ForensicsError": "errors",
    "ImageReadError": "errors",
    "ImageShapeError": "errors",
    "OutputError": "errors",
    "ParameterError": "errors",
    "SavedFileError": "errors",
    "find_images": "images.sources",
    "read_image": "images.decode",
    "read_pixels": "images.decode",
    "FileRecord": "images.record",
    "crop_center": "images.delivery",
    "resize_to_cover": "images.delivery",
    "Moments": "traces.moments",
    "moments": "traces.moments",
    "color_distance": "traces.color",
    "mean_color": "traces.color",
    "LineProfile": "traces.profiles",
    "line_profile": "traces.profiles",
    "line_profiles": "traces.profiles",
    "thread_vector": "traces.profiles",
    "Banding": "traces.periods",
    "Period": "traces.periods",
    "banding": "traces.periods",
    "period_spectrum": "traces.line_spectra",
    "period_test": "traces.periods",
    "ratio_spectrum": "traces.line_spectra",
    "Blend": "engine.blend",
    "blend": "engine.blend",
    "PictureProfile": "engine.pictures",
    "iter_profiles": "engine.pictures",
    "profile_image": "engine.pictures",
    "ReferenceBlend": "engine.saved",
    "load_blend": "engine.saved",
    "load_reference": "engine.saved",
    "save_blend": "engine.saved",
    "Side": "views.records",
    "blend_periods": "views.records",
    "show_blend": "views.figures",
    "show_comparison": "views.sheets",
    "show_distance": "views.figures",
    "show_line_profile": "views.figures",
    "show_spectrum": "views.figures",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604

if TYPE_CHECKING:
    from forensics.engine.blend import Blend as Blend
    from forensics.engine.blend import blend as blend
    from forensics.engine.pictures import PictureProfile as PictureProfile
    from forensics.engine.pictures import iter_profiles as iter_profiles
    from forensics.engine.pictures import profile_image as profile_image
    from forensics.engine.saved import ReferenceBlend as ReferenceBlend
    from forensics.engine.saved import load_blend as load_blend
    from forensics.engine.saved import load_reference as load_reference
    from forensics.engine.saved import save_blend as save_blend
    from forensics.errors import EmptySetError as EmptySetError
    from forensics.errors import ForensicsError as ForensicsError
    from forensics.errors import ImageReadError as ImageReadError
    from forensics.errors import ImageShapeError as ImageShapeError
    from forensics.errors import OutputError as OutputError
    from forensics.errors import ParameterError as ParameterError
    from forensics.errors import SavedFileError as SavedFileError
    from forensics.images.decode import read_image as read_image
    from forensics.images.decode import read_pixels as read_pixels
    from forensics.images.delivery import crop_center as crop_center
    from forensics.images.delivery import resize_to_cover as resize_to_cover
    from forensics.images.record import FileRecord as FileRecord
    from forensics.images.sources import find_images as find_images
    from forensics.traces.color import color_distance as color_distance
    from forensics.traces.color import mean_color as mean_color
    from forensics.traces.line_spectra import period_spectrum as period_spectrum
    from forensics.traces.line_spectra import ratio_spectrum as ratio_spectrum
    from forensics.traces.moments import Moments as Moments
    from forensics.traces.moments import moments as moments
    from forensics.traces.periods import Banding as Banding
    from forensics.traces.periods import Period as Period
    from forensics.traces.periods import banding as banding
    from forensics.traces.periods import period_test as period_test
    from forensics.traces.profiles import LineProfile as LineProfile
    from forensics.traces.profiles import line_profile as line_profile
    from forensics.traces.profiles import line_profiles as line_profiles
    from forensics.traces.profiles import thread_vector as thread_vector
    from forensics.views.figures import show_blend as show_blend
    from forensics.views.figures import show_distance as show_distance
    from forensics.views.figures import show_line_profile as show_line_profile
    from forensics.views.figures import show_spectrum as show_spectrum
    from forensics.views.records import Side as Side
    from forensics.views.records import blend_periods as blend_periods
    from forensics.views.sheets import show_comparison as show_comparison


def __getattr__(name: str) -> Any:
    """Import the home of a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'forensics' has no attribute {name!r}")
    value = getattr(import_module(f"forensics.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
