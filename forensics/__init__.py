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
    "ModelError": "errors",
    "chain_steps": "images.chains",
    "random_delivery": "images.chains",
    "usual_delivery": "images.chains",
    "read_image": "images.decode",
    "read_pixels": "images.decode",
    "Delivered": "images.delivery",
    "crop_center": "images.delivery",
    "deliver": "images.delivery",
    "resize_to_cover": "images.delivery",
    "Provenance": "images.provenance",
    "provenance": "images.provenance",
    "FileRecord": "images.record",
    "resized": "images.resizing",
    "Simulated": "images.simulate",
    "simulated": "images.simulate",
    "find_images": "images.sources",
    "Crop": "images.steps",
    "Jpeg": "images.steps",
    "Paste": "images.steps",
    "Png": "images.steps",
    "Resize": "images.steps",
    "Webp": "images.steps",
    "Activity": "traces.activity",
    "activity": "traces.activity",
    "color_distance": "traces.color",
    "mean_color": "traces.color",
    "Content": "traces.content",
    "content": "traces.content",
    "Fingerprint": "traces.fingerprints.pattern",
    "HarmonicGrid": "traces.spectra.grids",
    "cross_difference": "traces.spectra.grids",
    "harmonic_grid": "traces.spectra.grids",
    "JpegGrid": "traces.jpeg.grid",
    "JpegTrace": "traces.jpeg.grid",
    "jpeg_grid": "traces.jpeg.grid",
    "jpeg_trace": "traces.jpeg.grid",
    "JpegQuality": "traces.jpeg.quality",
    "jpeg_quality": "traces.jpeg.quality",
    "Lattice": "traces.lattice",
    "lattice": "traces.lattice",
    "period_spectrum": "traces.line_spectra",
    "ratio_spectrum": "traces.line_spectra",
    "FingerprintMatch": "traces.fingerprints.matching",
    "fingerprint_match": "traces.fingerprints.matching",
    "median_residual": "traces.spectra.medians",
    "Moments": "traces.moments",
    "moments": "traces.moments",
    "spectral_peaks": "traces.spectra.peaks",
    "Banding": "traces.periods",
    "Period": "traces.periods",
    "banding": "traces.periods",
    "period_test": "traces.periods",
    "PhaseStatistics": "traces.phases",
    "phase_statistics": "traces.phases",
    "LineProfile": "traces.profiles",
    "line_profile": "traces.profiles",
    "line_profiles": "traces.profiles",
    "thread_vector": "traces.profiles",
    "Resampling": "traces.resampling",
    "resampling": "traces.resampling",
    "Autocorrelation": "traces.spectra.residuals",
    "ResidualSpectrum": "traces.spectra.residuals",
    "autocorrelation": "traces.spectra.residuals",
    "residual_spectrum": "traces.spectra.residuals",
    "CosineSpectrum": "traces.spectra.power",
    "PowerSpectrum": "traces.spectra.power",
    "RadialProfile": "traces.spectra.power",
    "cosine_spectrum": "traces.spectra.power",
    "power_spectrum": "traces.spectra.power",
    "radial_profile": "traces.spectra.power",
    "Comb": "traces.combs",
    "comb": "traces.combs",
    "picture_within": "traces.frames",
    "ScaledMatch": "traces.fingerprints.scales",
    "scaled_match": "traces.fingerprints.scales",
    "groups_alike": "traces.likeness",
    "pairs_alike": "traces.likeness",
    "perceptual_hash": "traces.likeness",
    "Blend": "engine.blend",
    "blend": "engine.blend",
    "find_fingerprint": "engine.fingerprints",
    "load_fingerprint": "engine.fingerprints",
    "reference_fingerprint": "engine.fingerprints",
    "save_fingerprint": "engine.fingerprints",
    "PictureProfile": "engine.pictures",
    "iter_profiles": "engine.pictures",
    "profile_image": "engine.pictures",
    "ReferenceBlend": "engine.saved",
    "load_blend": "engine.saved",
    "load_reference": "engine.saved",
    "save_blend": "engine.saved",
    "AverageSpectra": "engine.spectra",
    "average_spectra": "engine.spectra",
    "Attribution": "detection.attribution",
    "attribution": "detection.attribution",
    "Evidence": "detection.evidence",
    "evidence": "detection.evidence",
    "Inspection": "detection.inspection",
    "inspect_image": "detection.inspection",
    "iter_inspections": "detection.inspection",
    "Audit": "detection.audit",
    "audit": "detection.audit",
    "Classification": "detection.classification",
    "classify": "detection.classification",
    "classify_image": "detection.classification",
    "iter_classifications": "detection.classification",
    "Model": "detection.classifier",
    "Evaluation": "detection.evaluation",
    "evaluate": "detection.evaluation",
    "Features": "detection.features",
    "features": "detection.features",
    "Metrics": "detection.metrics",
    "metrics": "detection.metrics",
    "load_model": "detection.modelfile",
    "save_model": "detection.modelfile",
    "shipped_model": "detection.modelfile",
    "Trained": "detection.training",
    "train": "detection.training",
    "show_blend": "views.figures",
    "show_distance": "views.figures",
    "show_line_profile": "views.figures",
    "show_spectrum": "views.figures",
    "show_calibration": "views.figures",
    "show_robustness": "views.figures",
    "show_roc": "views.figures",
    "Side": "views.records",
    "blend_periods": "views.records",
    "show_comparison": "views.sheets",
    "show_profile": "views.sheets",
    "show_inspection": "views.inspectsheet",
    "SpectrumFindings": "views.spectrumrecords",
    "spectrum_findings": "views.spectrumrecords",
    "show_spectra": "views.spectrumsheet",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604

if TYPE_CHECKING:
    from forensics.detection.attribution import Attribution as Attribution
    from forensics.detection.attribution import attribution as attribution
    from forensics.detection.audit import Audit as Audit
    from forensics.detection.audit import audit as audit
    from forensics.detection.classification import Classification as Classification
    from forensics.detection.classification import classify as classify
    from forensics.detection.classification import classify_image as classify_image
    from forensics.detection.classification import iter_classifications as iter_classifications
    from forensics.detection.classifier import Model as Model
    from forensics.detection.evaluation import Evaluation as Evaluation
    from forensics.detection.evaluation import evaluate as evaluate
    from forensics.detection.evidence import Evidence as Evidence
    from forensics.detection.evidence import evidence as evidence
    from forensics.detection.features import Features as Features
    from forensics.detection.features import features as features
    from forensics.detection.inspection import Inspection as Inspection
    from forensics.detection.inspection import inspect_image as inspect_image
    from forensics.detection.inspection import iter_inspections as iter_inspections
    from forensics.detection.metrics import Metrics as Metrics
    from forensics.detection.metrics import metrics as metrics
    from forensics.detection.modelfile import load_model as load_model
    from forensics.detection.modelfile import save_model as save_model
    from forensics.detection.modelfile import shipped_model as shipped_model
    from forensics.detection.training import Trained as Trained
    from forensics.detection.training import train as train
    from forensics.engine.blend import Blend as Blend
    from forensics.engine.blend import blend as blend
    from forensics.engine.fingerprints import find_fingerprint as find_fingerprint
    from forensics.engine.fingerprints import load_fingerprint as load_fingerprint
    from forensics.engine.fingerprints import reference_fingerprint as reference_fingerprint
    from forensics.engine.fingerprints import save_fingerprint as save_fingerprint
    from forensics.engine.pictures import PictureProfile as PictureProfile
    from forensics.engine.pictures import iter_profiles as iter_profiles
    from forensics.engine.pictures import profile_image as profile_image
    from forensics.engine.saved import ReferenceBlend as ReferenceBlend
    from forensics.engine.saved import load_blend as load_blend
    from forensics.engine.saved import load_reference as load_reference
    from forensics.engine.saved import save_blend as save_blend
    from forensics.engine.spectra import AverageSpectra as AverageSpectra
    from forensics.engine.spectra import average_spectra as average_spectra
    from forensics.errors import EmptySetError as EmptySetError
    from forensics.errors import ForensicsError as ForensicsError
    from forensics.errors import ImageReadError as ImageReadError
    from forensics.errors import ImageShapeError as ImageShapeError
    from forensics.errors import ModelError as ModelError
    from forensics.errors import OutputError as OutputError
    from forensics.errors import ParameterError as ParameterError
    from forensics.errors import SavedFileError as SavedFileError
    from forensics.images.chains import chain_steps as chain_steps
    from forensics.images.chains import random_delivery as random_delivery
    from forensics.images.chains import usual_delivery as usual_delivery
    from forensics.images.decode import read_image as read_image
    from forensics.images.decode import read_pixels as read_pixels
    from forensics.images.delivery import Delivered as Delivered
    from forensics.images.delivery import crop_center as crop_center
    from forensics.images.delivery import deliver as deliver
    from forensics.images.delivery import resize_to_cover as resize_to_cover
    from forensics.images.provenance import Provenance as Provenance
    from forensics.images.provenance import provenance as provenance
    from forensics.images.record import FileRecord as FileRecord
    from forensics.images.resizing import resized as resized
    from forensics.images.simulate import Simulated as Simulated
    from forensics.images.simulate import simulated as simulated
    from forensics.images.sources import find_images as find_images
    from forensics.images.steps import Crop as Crop
    from forensics.images.steps import Jpeg as Jpeg
    from forensics.images.steps import Paste as Paste
    from forensics.images.steps import Png as Png
    from forensics.images.steps import Resize as Resize
    from forensics.images.steps import Webp as Webp
    from forensics.traces.activity import Activity as Activity
    from forensics.traces.activity import activity as activity
    from forensics.traces.color import color_distance as color_distance
    from forensics.traces.color import mean_color as mean_color
    from forensics.traces.combs import Comb as Comb
    from forensics.traces.combs import comb as comb
    from forensics.traces.content import Content as Content
    from forensics.traces.content import content as content
    from forensics.traces.fingerprints.matching import FingerprintMatch as FingerprintMatch
    from forensics.traces.fingerprints.matching import fingerprint_match as fingerprint_match
    from forensics.traces.fingerprints.pattern import Fingerprint as Fingerprint
    from forensics.traces.fingerprints.scales import ScaledMatch as ScaledMatch
    from forensics.traces.fingerprints.scales import scaled_match as scaled_match
    from forensics.traces.frames import picture_within as picture_within
    from forensics.traces.jpeg.grid import JpegGrid as JpegGrid
    from forensics.traces.jpeg.grid import JpegTrace as JpegTrace
    from forensics.traces.jpeg.grid import jpeg_grid as jpeg_grid
    from forensics.traces.jpeg.grid import jpeg_trace as jpeg_trace
    from forensics.traces.jpeg.quality import JpegQuality as JpegQuality
    from forensics.traces.jpeg.quality import jpeg_quality as jpeg_quality
    from forensics.traces.lattice import Lattice as Lattice
    from forensics.traces.lattice import lattice as lattice
    from forensics.traces.likeness import groups_alike as groups_alike
    from forensics.traces.likeness import pairs_alike as pairs_alike
    from forensics.traces.likeness import perceptual_hash as perceptual_hash
    from forensics.traces.line_spectra import period_spectrum as period_spectrum
    from forensics.traces.line_spectra import ratio_spectrum as ratio_spectrum
    from forensics.traces.moments import Moments as Moments
    from forensics.traces.moments import moments as moments
    from forensics.traces.periods import Banding as Banding
    from forensics.traces.periods import Period as Period
    from forensics.traces.periods import banding as banding
    from forensics.traces.periods import period_test as period_test
    from forensics.traces.phases import PhaseStatistics as PhaseStatistics
    from forensics.traces.phases import phase_statistics as phase_statistics
    from forensics.traces.profiles import LineProfile as LineProfile
    from forensics.traces.profiles import line_profile as line_profile
    from forensics.traces.profiles import line_profiles as line_profiles
    from forensics.traces.profiles import thread_vector as thread_vector
    from forensics.traces.resampling import Resampling as Resampling
    from forensics.traces.resampling import resampling as resampling
    from forensics.traces.spectra.grids import HarmonicGrid as HarmonicGrid
    from forensics.traces.spectra.grids import cross_difference as cross_difference
    from forensics.traces.spectra.grids import harmonic_grid as harmonic_grid
    from forensics.traces.spectra.medians import median_residual as median_residual
    from forensics.traces.spectra.peaks import spectral_peaks as spectral_peaks
    from forensics.traces.spectra.power import CosineSpectrum as CosineSpectrum
    from forensics.traces.spectra.power import PowerSpectrum as PowerSpectrum
    from forensics.traces.spectra.power import RadialProfile as RadialProfile
    from forensics.traces.spectra.power import cosine_spectrum as cosine_spectrum
    from forensics.traces.spectra.power import power_spectrum as power_spectrum
    from forensics.traces.spectra.power import radial_profile as radial_profile
    from forensics.traces.spectra.residuals import Autocorrelation as Autocorrelation
    from forensics.traces.spectra.residuals import ResidualSpectrum as ResidualSpectrum
    from forensics.traces.spectra.residuals import autocorrelation as autocorrelation
    from forensics.traces.spectra.residuals import residual_spectrum as residual_spectrum
    from forensics.views.figures import show_blend as show_blend
    from forensics.views.figures import show_calibration as show_calibration
    from forensics.views.figures import show_distance as show_distance
    from forensics.views.figures import show_line_profile as show_line_profile
    from forensics.views.figures import show_robustness as show_robustness
    from forensics.views.figures import show_roc as show_roc
    from forensics.views.figures import show_spectrum as show_spectrum
    from forensics.views.inspectsheet import show_inspection as show_inspection
    from forensics.views.records import Side as Side
    from forensics.views.records import blend_periods as blend_periods
    from forensics.views.sheets import show_comparison as show_comparison
    from forensics.views.sheets import show_profile as show_profile
    from forensics.views.spectrumrecords import SpectrumFindings as SpectrumFindings
    from forensics.views.spectrumrecords import spectrum_findings as spectrum_findings
    from forensics.views.spectrumsheet import show_spectra as show_spectra


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
