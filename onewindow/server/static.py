"""Static files: which files of the npm packages are served, and how they are named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import HashedFilesMixin
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class VendorFinder(BaseFinder):
    """Serves exactly the files of settings.VENDOR_FILES: {address below /static/: path below node_modules}."""

    def __init__(self, app_names: object = None, *args: object, **kwargs: object) -> None:
        self.folder = Path(settings.NODE_MODULES)
        self.storage = FileSystemStorage(location=str(self.folder))
        super().__init__()

    def check(self, **kwargs: object) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: object) -> str | list[str]:  # type: ignore[override]
        source = settings.VENDOR_FILES.get(path)
        found = source is not None and (self.folder / source).is_file()
        match = str(self.folder / source) if found and source else ""
        if find_all:
            return [match] if match else []
        return match

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """collectstatic asks the storage to open what it lists, so each name gets a storage that knows its source."""
        for address, source in settings.VENDOR_FILES.items():
            if (self.folder / source).is_file():
                yield address, _OneFile(self.folder / source)


class _OneFile(FileSystemStorage):
    def __init__(self, source: Path) -> None:
        super().__init__(location=str(source.parent))
        self._source = source

    def path(self, name: str) -> str:
        return str(self._source)


class ManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names carry a digest, so browsers keep files for ever; gzip copies lie beside them. Source maps are not
    shipped, so references to them are left alone."""

    patterns = tuple(
        (extension, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
        for extension, rules in HashedFilesMixin.patterns
    )
    manifest_strict = True
