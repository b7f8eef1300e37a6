"""HighLevel with contacts, deals and appointments of one location."""

from __future__ import annotations

from typing import Any

from connectors.standins.gohighlevel import HighLevelStandin
from tests.connectors.harness import Fake

LOCATION = "ve9EPM428h8vShlRW1KT"


class FakeHighLevel(Fake, HighLevelStandin):
    """Makes contacts, opportunities and events by number."""

    def contact(self, number: int, added: str, **fields: Any) -> dict[str, Any]:
        """A contact; ``added`` is an instant."""
        made = {
            "id": f"contact{number:04}",
            "locationId": LOCATION,
            "contactName": f"Ana Lead{number}",
            "email": f"lead{number}@mail.example",
            "source": "manual",
            "dateAdded": added,
            "customFields": [],
            "tags": [],
            **fields,
        }
        self.contacts.append(made)
        return made

    def opportunity(self, number: int, stage: str, created: str, **fields: Any) -> dict[str, Any]:
        """An opportunity of the contact with the same number, in the stage of that id since its creation."""
        made = {
            "id": f"deal{number:04}",
            "name": f"Deal {number}",
            "monetaryValue": 500,
            "pipelineId": "pipe1",
            "pipelineStageId": stage,
            "assignedTo": "user1",
            "status": "open",
            "lastStatusChangeAt": created,
            "lastStageChangeAt": created,
            "createdAt": created,
            "updatedAt": created,
            "contactId": f"contact{number:04}",
            "locationId": LOCATION,
            "contact": {"id": f"contact{number:04}", "email": f"lead{number}@mail.example", "phone": None, "tags": []},
            **fields,
        }
        self.opportunities.append(made)
        return made

    def event(self, number: int, starts: str, ends: str, added: str, **fields: Any) -> dict[str, Any]:
        """An appointment of the contact with the same number."""
        made = {
            "id": f"event{number:04}",
            "title": "Call",
            "calendarId": "cal1",
            "locationId": LOCATION,
            "contactId": f"contact{number:04}",
            "groupId": "",
            "appointmentStatus": "confirmed",
            "assignedUserId": "user1",
            "users": ["user1"],
            "startTime": starts,
            "endTime": ends,
            "dateAdded": added,
            "dateUpdated": added,
            **fields,
        }
        self.events.append(made)
        return made
