"""What can go wrong, as codes with parameters.

The engine never writes prose for people: it raises :class:`AttribenchError` with a code and the facts, and the
application says it in the user's language with the next step (``app.messages``). Anything else that escapes is a bug.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Every failure the engine can name. The parameters of each are listed beside it."""

    WORKSPACE_MISSING = "workspace.missing"  # path
    WORKSPACE_EXISTS = "workspace.exists"  # path
    WORKSPACE_NOT_OURS = "workspace.not_ours"  # path
    WORKSPACE_DAMAGED = "workspace.damaged"  # path, detail
    WORKSPACE_UNREADABLE = "workspace.unreadable"  # path, detail
    WORKSPACE_GONE = "workspace.gone"  # path
    WORKSPACE_BUSY = "workspace.busy"  # path
    WORKSPACE_LOCKED = "workspace.locked"  # path, pid and since where they are known
    WORKSPACE_NEWER = "workspace.newer"  # path, version, known
    WORKSPACE_UNWRITABLE = "workspace.unwritable"  # path, detail
    DISK_FULL = "disk.full"  # detail
    OUT_OF_MEMORY = "memory.exhausted"  # detail
    PROFILE_UNKNOWN = "profile.unknown"  # name, known
    PROFILE_AMBIGUOUS = "profile.ambiguous"  # known
    PROFILE_EXISTS = "profile.exists"  # name
    SETTING_INVALID = "setting.invalid"  # field, value, expected
    CHANGE_UNKNOWN = "change.unknown"  # change_id
    CHANGE_OVERTAKEN = "change.overtaken"  # change_id, fields
    IMPORT_KIND_UNKNOWN = "import.kind_unknown"  # kind, known
    IMPORT_UNKNOWN = "import.unknown"  # import_id
    IMPORT_AGGREGATE = "import.aggregate"  # path, name
    FILE_MISSING = "file.missing"  # path
    FILE_IS_FOLDER = "file.is_folder"  # path
    FILE_EMPTY = "file.empty"  # path
    FILE_UNREADABLE = "file.unreadable"  # path, detail
    FILE_UNWRITABLE = "file.unwritable"  # path, why: folder, denied, full, name, folder_there or other
    FILE_FORMAT = "file.format"  # path, known
    FILE_DUPLICATE_COLUMNS = "file.duplicate_columns"  # path, columns
    FILE_MISSING_COLUMNS = "file.missing_columns"  # path, columns, present
    MAPPING_UNKNOWN = "mapping.unknown"  # field, known
    SQL_REFUSED = "sql.refused"  # reason, detail, line and column where they are known
    SQL_FAILED = "sql.failed"  # detail, line and column where they are known
    PERSON_UNKNOWN = "person.unknown"  # identifier
    REPAIR_UNKNOWN = "repair.unknown"  # id
    DECISION_UNKNOWN = "decision.unknown"  # batch
    REPAIR_TWICE = "repair.twice"  # field, name
    CONVERSION_UNKNOWN = "conversion.unknown"  # conversion
    RECORD_UNKNOWN = "record.unknown"  # id
    MODEL_UNKNOWN = "model.unknown"  # name, known
    MODEL_EXPRESSION = "model.expression"  # reason, known
    QUERY_UNKNOWN = "query.unknown"  # name, known
    QUERY_INVALID = "query.invalid"  # option, value, expected
    NOT_DERIVED = "profile.not_derived"  # profile
    CONNECTION_EXISTS = "connection.exists"  # name
    CONNECTION_UNKNOWN = "connection.unknown"  # name, known
    CONNECTION_SECRET = "connection.secret_missing"  # name, field
    SECRETS_UNAVAILABLE = "secrets.unavailable"  # detail
    PROVIDER_UNKNOWN = "provider.unknown"  # provider, known
    PROVIDER_UNREACHABLE = "provider.unreachable"  # provider, detail
    PROVIDER_LOGIN = "provider.login"  # provider, detail, request
    PROVIDER_PERMISSION = "provider.permission"  # provider, permission, detail, request
    PROVIDER_LIMIT = "provider.limit"  # provider, seconds, detail
    PROVIDER_MISSING = "provider.missing"  # provider, what
    PROVIDER_REFUSED = "provider.refused"  # provider, status, detail, request
    PROVIDER_ANSWER = "provider.answer"  # provider, detail, request
    REPORT_UNKNOWN = "report.unknown"  # report_id
    REPORT_TEMPLATE = "report.template_unknown"  # name, known
    REPORT_LOGO = "report.logo"  # detail
    REPORT_FONT = "report.font"  # name
    REPORT_LAYOUT = "report.layout"  # detail


class AttribenchError(Exception):
    """A failure with a code and the facts a message needs.

    Args:
        code: which failure.
        **facts: values for the message; plain strings, numbers or sequences of them, never secrets.
    """

    def __init__(self, code: Code, **facts: object) -> None:
        super().__init__(code.value, facts)
        self.code = code
        self.facts = facts


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """The task was cancelled; nothing it had begun was kept."""
