"""Looking at a file before it is imported: what its columns mean, and what is wrong with them."""

from widgets.mapping.editor import MappingEditor
from widgets.mapping.preview import ColumnPreview, FieldChoice, FilePreview, KindChoice, Trouble

__all__ = ["ColumnPreview", "FieldChoice", "FilePreview", "KindChoice", "MappingEditor", "Trouble"]
