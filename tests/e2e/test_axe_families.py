"""Every page of families, and of those who are not signed in, in every state, without a fault."""

import pytest

from portal.core.i18n import LANGUAGES
from tests.e2e.looks import faults_on
from tests.e2e.page_states import FAMILIES, WALKS

pytestmark = pytest.mark.long(seconds=75)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", sorted(FAMILIES))
async def test_the_pages_of_families(open_window, world, who, language):
    """PO-01 to PO-04, PO-12, PO-13: axe and a strict parser find nothing, none is too wide or too low."""
    assert {} == await faults_on(WALKS[who], await open_window(), world, language)
