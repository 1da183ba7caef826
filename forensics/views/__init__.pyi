"""Public names of `forensics.views`, each from its home."""

from .figures import show_blend as show_blend
from .figures import show_calibration as show_calibration
from .figures import show_distance as show_distance
from .figures import show_line_profile as show_line_profile
from .figures import show_robustness as show_robustness
from .figures import show_roc as show_roc
from .figures import show_spectrum as show_spectrum
from .figures import show_tippett as show_tippett
from .sheets.inspection import show_inspection as show_inspection
from .sheets.profiles import show_comparison as show_comparison
from .sheets.profiles import show_profile as show_profile
from .sheets.spectrum import show_spectra as show_spectra
