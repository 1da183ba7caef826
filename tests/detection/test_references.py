from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forensics.detection.references import reference_rate


@given(st.floats(0, 3), st.floats(0, 3))
def test_a_stronger_sign_is_shown_by_no_more_real_pictures(one, other):
    weaker, stronger = sorted((one, other))
    rates = reference_rate(weaker), reference_rate(stronger)
    assert rates[0].as_much >= rates[1].as_much >= 0
    assert rates[0].real == rates[1].real and rates[0].sources == rates[1].sources


def test_all_real_pictures_show_nothing_at_least_and_hardly_one_what_convinces():
    nothing, convincing = reference_rate(0.0), reference_rate(1.0)
    assert nothing.as_much == nothing.real > 1000 and nothing.sources == 18
    assert convincing.as_much <= 0.002 * convincing.real
    assert reference_rate(float(np.inf)).as_much <= convincing.as_much
