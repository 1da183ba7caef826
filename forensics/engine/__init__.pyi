"""Public names of `forensics.engine`, each from its home."""

from .blend import ReferenceBlend as ReferenceBlend
from .blend import load_blend as load_blend
from .blend import load_reference as load_reference
from .blend import save_blend as save_blend
from .fingerprint_making import make_fingerprints as make_fingerprints
from .fingerprints import load_fingerprint as load_fingerprint
from .fingerprints import load_library as load_library
from .fingerprints import save_fingerprint as save_fingerprint
from .fingerprints import save_library as save_library
from .profiles import PictureProfile as PictureProfile
from .profiles import iter_profiles as iter_profiles
from .profiles import profile_image as profile_image
from .run import RunOptions as RunOptions
from .spectra import AverageSpectra as AverageSpectra
from .spectra import average_spectra as average_spectra
