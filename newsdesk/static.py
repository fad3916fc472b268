"""Static files, compressed and named by their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """As whitenoise's, but a file that was not collected keeps its plain name: a plainer page, never a broken one."""

    def stored_name(self, name):
        try:
            return super().stored_name(name)
        except ValueError:
            return name
