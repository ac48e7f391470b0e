"""All measurements, in the order of their ids."""

from collections.abc import Sequence
from typing import Any

from tests.load.batches import P_05, P_14B
from tests.load.booked import P_17, P_18
from tests.load.bookings import P_22C
from tests.load.case_managers import P_22B
from tests.load.deliveries import P_25
from tests.load.edge import P_04
from tests.load.exports import P_12, P_12B
from tests.load.files import P_11, P_11B
from tests.load.footprint import P_15
from tests.load.invite import P_03
from tests.load.login_users import P_22
from tests.load.logins import P_09, P_10
from tests.load.mail import P_07, P_08
from tests.load.measurement import Measurement
from tests.load.previews import P_24
from tests.load.queued import P_16
from tests.load.relay import P_06
from tests.load.resets import P_21
from tests.load.rpc import P_01, P_02
from tests.load.scaling import P_14
from tests.load.slots import P_19
from tests.load.streams import P_23

MEASUREMENTS: Sequence[Measurement[Any]] = (
    *(P_01, P_02, P_03, P_04, P_05, P_06, P_07, P_08),
    *(P_09, P_10, P_11, P_11B, P_12, P_12B, P_14, P_14B, P_15, P_16, P_17, P_18, P_19, P_21, P_22, P_22B, P_22C, P_23),
    *(P_24, P_25),
)
