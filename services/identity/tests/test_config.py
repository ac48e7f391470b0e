"""What an operator reads about the settings."""

from pathlib import Path

from chassis.settings import Settings, documented
from identity.config import IdentitySettings


def test_readme_documents_every_setting() -> None:
    """OP-03: the README has identity's own settings as they are generated from the code."""
    readme = Path(__file__).parents[1].joinpath("README.md").read_text().splitlines()
    own = set(documented(IdentitySettings).splitlines()) - set(documented(Settings).splitlines())
    assert set() == own - set(readme)
