"""The two editions of the site: how they are configured, and where they are built."""

from pathlib import Path

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.utils import yaml_load
from mkdocs.utils.yaml import get_yaml_loader

ROOT = Path(__file__).parents[1]
FOLDERS = {"ko": "", "en": "en/"}  # of the built site


def read(configuration: Path) -> dict:
    """An MkDocs configuration, merged with what it inherits."""
    with configuration.open(encoding="utf-8") as file:
        return yaml_load(file, get_yaml_loader(config=MkDocsConfig()))


def write(configuration: Path, settings: dict) -> None:
    text = yaml.dump(settings, allow_unicode=True, sort_keys=False)
    configuration.write_text(text, encoding="utf-8")
