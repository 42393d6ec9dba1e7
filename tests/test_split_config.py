"""Split settings that contradict themselves are refused."""

import pytest
from pydantic import ValidationError

from data.splits import SplitConfig


def test_shares_that_leave_nothing_to_train_on_are_refused():
    with pytest.raises(ValidationError, match="less than a tenth"):
        SplitConfig(test=0.5, validation=0.45)
    with pytest.raises(ValidationError):
        SplitConfig(test=-0.1)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"test_from": "2001-01-01"}, "want by: time"),
        (
            {"by": "time", "test_from": "2001-01-01", "validation_from": "2001-01-01"},
            "must lie before test_from",
        ),
        ({"by": "random"}, "labels"),
        ({"by": "time", "test_from": "soon"}, "date"),
    ],
)
def test_a_split_that_contradicts_itself_is_refused(fields, said):
    with pytest.raises(ValidationError, match=said):
        SplitConfig(**fields)
