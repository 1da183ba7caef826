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
from typing import Any

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
    "fingerprint_matches": "traces.fingerprints.matching",
    "DecoderTile": "traces.fingerprints.tile",
    "Link": "traces.fingerprints.link",
    "link": "traces.fingerprints.link",
    "make_fingerprints": "engine.fingerprinting",
    "load_library": "engine.fingerprints",
    "save_library": "engine.fingerprints",
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
    "picture_within": "traces.frames",
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
    "Contribution": "detection.attribution",
    "attribution": "detection.attribution",
    "Evidence": "detection.evidence",
    "evidence": "detection.evidence",
    "Inspection": "detection.inspection",
    "inspect_image": "detection.inspection",
    "iter_inspections": "detection.inspection",
    "Audit": "detection.audit",
    "audit": "detection.audit",
    "Evaluation": "detection.evaluation",
    "evaluate": "detection.evaluation",
    "GeneratedShare": "detection.likelihood",
    "cllr": "detection.likelihood",
    "generated_share": "detection.likelihood",
    "least_cllr": "detection.likelihood",
    "tippett": "detection.likelihood",
    "verbal": "detection.likelihood",
    "Metrics": "detection.metrics",
    "metrics": "detection.metrics",
    "load_model": "detection.modelfile",
    "save_model": "detection.modelfile",
    "shipped_model": "detection.modelfile",
    "ReferenceRate": "detection.references",
    "ScoreModel": "detection.score",
    "Trained": "detection.training",
    "train": "detection.training",
    "show_blend": "views.figures",
    "show_distance": "views.figures",
    "show_line_profile": "views.figures",
    "show_spectrum": "views.figures",
    "show_calibration": "views.figures",
    "show_robustness": "views.figures",
    "show_roc": "views.figures",
    "show_tippett": "views.figures",
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
