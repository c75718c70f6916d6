"""When a column is suddenly missing, by values worked out by hand from exp(-n KL(k/n, 2 s + 0.02)) < 1e-9."""

from math import comb

import numpy as np
import pytest

from credit.monitoring.missing_rule import CLIENTS, FALSE_ALARM, bar, suddenly_missing


@pytest.mark.parametrize(
    ("missing", "clients", "share", "alarm"),
    [
        (30, 30, 0.002, True),  # 0.024 ** 30
        (29, 29, 0.002, False),  # too few clients to say anything
        (1, 1, 0.002, False),
        (1, 30, 0.0, False),
        # 11 of 30: 30 (0.3667 ln(0.3667 / 0.024) + 0.6333 ln(0.6333 / 0.976)) = 30 (0.9999 - 0.2739) = 21.8 > 20.7
        (11, 30, 0.002, True),
        # 10 of 30: 30 (0.3333 ln(13.89) + 0.6667 ln(0.6831)) = 30 (0.8771 - 0.2541) = 18.7 < 20.7
        (10, 30, 0.002, False),
        (3, 1000, 0.002, False),  # expected are 2
        (24, 1000, 0.002, False),  # at the bar
        # 62 of 1,000: 1000 (0.062 ln(2.583) + 0.938 ln(0.9611)) = 1000 (0.05884 - 0.03725) = 21.6 > 20.7
        (62, 1000, 0.002, True),
        # 61 of 1,000: 1000 (0.061 ln(2.542) + 0.939 ln(0.9621)) = 1000 (0.05691 - 0.03630) = 20.6 < 20.7
        (61, 1000, 0.002, False),
        # EXT_SOURCE_1, of which halfway to all is 0.77855: 0.77855 ** 83 is 9.5e-10, 0.77855 ** 82 is 1.2e-9
        (83, 83, 0.5571, True),
        (82, 82, 0.5571, False),
        (600, 1000, 0.5571, False),
        (1000, 1000, 1.0, False),  # more than all cannot lack what all lacked in training
        (0, 1000, 0.0, False),
        (0, 0, 0.0, False),
    ],
)
def test_it_takes_enough_clients_and_far_more_than_in_training(missing, clients, share, alarm):
    assert suddenly_missing([missing], clients, [share]).tolist() == [alarm]


def test_the_bar_is_twice_the_share_and_two_points_or_halfway_to_all():
    found = bar([0.0, 0.002, 0.02, 0.1441, 0.32, 0.7, 1.0])
    np.testing.assert_allclose(found, [0.02, 0.024, 0.06, 0.3082, 0.66, 0.85, 1.0], rtol=1e-12)


@pytest.mark.parametrize("clients", [CLIENTS, 100, 500])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.2])
def test_at_the_bar_itself_an_alarm_is_rarer_than_promised(clients, share):
    p = float(bar(share))
    alarms = suddenly_missing(np.arange(clients + 1), clients, np.full(clients + 1, share))
    least = int(alarms.argmax())
    assert alarms[least:].all()
    assert sum(comb(clients, k) * p**k * (1 - p) ** (clients - k) for k in range(least, clients + 1)) <= FALSE_ALARM
