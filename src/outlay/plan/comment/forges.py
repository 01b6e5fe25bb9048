"""Where comments live: the thread of a pull request on GitHub or of a merge request on GitLab, over REST.

The token goes to the address of the API only: redirects are not followed. It is never part of a message.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from outlay import __version__
from outlay.model.problem import InputError, OutlayError

TIMEOUT_SECONDS = 30
A_PAGE, MOST_PAGES = 100, 200
GITHUB, GITLAB = "https://api.github.com", "https://gitlab.com/api/v4"
WRITES = {
    "github": "give the job `permissions: pull-requests: write`; pull requests from forks get a token that only reads",
    "gitlab": "set GITLAB_TOKEN to a token with the scope `api`; CI_JOB_TOKEN may not write comments",
}


class BusyForgeError(OutlayError):
    """The server failed, or asks to wait; the same request may succeed later."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__("E-COMM-006", message, "run it again later; nothing is written twice")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a thread."""

    id: int
    body: str
    url: str = ""


@dataclass(frozen=True)
class Thread:
    """The comments of one pull request. `one` is the address of a comment before its number."""

    forge: str
    name: str
    comments: str
    one: str
    update: str
    headers: Mapping[str, str] = field(repr=False)
    page: str = ""

    def all(self) -> Iterator[Comment]:
        """Every comment that people or programs wrote, page by page."""
        for number in range(1, MOST_PAGES + 1):
            found, headers = self._send("GET", f"{self.comments}?per_page={A_PAGE}&page={number}")
            if not isinstance(found, list):
                raise OutlayError(
                    "E-COMM-007", f"{self.name}: an answer that is no list of comments", "check the address"
                )
            yield from (self._comment(one) for one in found if not one.get("system"))
            if 'rel="next"' not in headers.get("Link", ""):
                return

    def create(self, body: str) -> Comment:
        """Write a comment."""
        return self._comment(self._send("POST", self.comments, {"body": body})[0])

    def change(self, comment: Comment, body: str) -> Comment:
        """Replace the text of a comment."""
        return self._comment(self._send(self.update, f"{self.one}/{comment.id}", {"body": body})[0])

    def _comment(self, said: Any) -> Comment:
        try:
            number = int(said["id"])
            url = said.get("html_url") or (f"{self.page}#note_{number}" if self.page else "")
            return Comment(number, str(said.get("body") or ""), str(url))
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise OutlayError(
                "E-COMM-007", f"{self.name}: an answer that is no comment", "check the address"
            ) from error

    def _send(self, method: str, url: str, body: Any = None) -> tuple[Any, HTTPMessage]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json", "User-Agent": f"outlay/{__version__}", **self.headers}
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = Request(url, data=data, headers=headers, method=method)
        try:
            with build_opener(_StayHere).open(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.loads(answer.read()), answer.headers
        except HTTPError as error:
            raise self._refused(error) from None
        except (OSError, HTTPException) as error:
            raise BusyForgeError(f"{self.name}: no answer from {urlsplit(url).netloc}: {_reason(error)}") from None
        except ValueError as error:
            raise OutlayError("E-COMM-007", f"{self.name}: an answer that is no JSON", "check the address") from error

    def _refused(self, error: HTTPError) -> OutlayError:
        """What a status means, and what to do."""
        said, status = self._said(error), error.code
        wait = error.headers.get("Retry-After", "") if error.headers else ""
        spent = error.headers.get("X-RateLimit-Remaining") == "0" if error.headers else False
        if status >= 500 or status == 429 or (status == 403 and (wait or spent)):
            return BusyForgeError(
                f"{self.name}: the server says {status}{said}", float(wait) if wait.isdigit() else 0.0
            )
        if status == 401:
            return InputError("E-COMM-003", f"{self.name}: the token is refused (401){said}", WRITES[self.forge])
        if status == 403:
            return InputError("E-COMM-004", f"{self.name}: the token may not do this (403){said}", WRITES[self.forge])
        if status == 404:
            hint = "check repository and number; a token that may not read a repository gets the same answer"
            return InputError("E-COMM-005", f"{self.name}: not found (404){said}", hint)
        moved = " to another address" if 300 <= status < 400 else ""
        return OutlayError(
            "E-COMM-007", f"{self.name}: the server says {status}{moved}{said}", "check repository and address"
        )

    def _said(self, error: HTTPError) -> str:
        """What the server says about it, without what was sent to it."""
        try:
            said = json.loads(error.read(10_000))
            words = " ".join(str(said.get("message") or said.get("error") or "").split())[:200]
        except (ValueError, OSError, AttributeError):
            return ""
        for secret in self.headers.values():
            words = words.replace(secret.removeprefix("Bearer "), "***")
        return f": {words}" if words else ""


class _StayHere(HTTPRedirectHandler):
    """Follow no redirect: the token would go along."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """No other request."""


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error or type(error).__name__)


def github(said: Mapping[str, str], repository: str = "", number: int = 0, api: str = "") -> Thread:
    """The thread of a pull request, from the variables of a job of GitHub Actions where it is not named."""
    repository = repository or said.get("GITHUB_REPOSITORY", "")
    number = number or _pull_request(said)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository) or not number:
        hint = "run it for a pull_request event, or say --repository OWNER/NAME --number 12"
        raise InputError(
            "E-COMM-002", f"no pull request: repository {repository!r}, number {number or 'unknown'}", hint
        )
    token = _token(said, ("GITHUB_TOKEN", "GH_TOKEN"), "env: GITHUB_TOKEN: ${{ github.token }}")
    base = f"{_checked(api or said.get('GITHUB_API_URL', '') or GITHUB)}/repos/{repository}/issues"
    headers = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"}
    return Thread("github", f"{repository}#{number}", f"{base}/{number}/comments", f"{base}/comments", "PATCH", headers)


def _pull_request(said: Mapping[str, str]) -> int:
    """The number of the pull request that a job runs for; 0 if there is none."""
    if found := re.fullmatch(r"refs/pull/(\d+)/\w+", said.get("GITHUB_REF", "")):
        return int(found[1])
    try:
        event = json.loads(Path(said["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        about = event.get("pull_request") or event.get("issue") or event
        return int(about.get("number") or 0)
    except (KeyError, OSError, ValueError, TypeError, AttributeError):
        return 0


def gitlab(said: Mapping[str, str], repository: str = "", number: int = 0, api: str = "") -> Thread:
    """The thread of a merge request, from the variables of a job of GitLab CI where it is not named."""
    project = repository or said.get("CI_PROJECT_ID", "")
    told = said.get("CI_MERGE_REQUEST_IID", "")
    number = number or (int(told) if told.isdigit() else 0)
    if not project or not number:
        hint = "run it in a merge request pipeline, or say --repository GROUP/NAME --number 12"
        raise InputError("E-COMM-002", f"no merge request: project {project!r}, number {number or 'unknown'}", hint)
    token = _token(said, ("GITLAB_TOKEN", "CI_JOB_TOKEN"), WRITES["gitlab"])
    header = "PRIVATE-TOKEN" if said.get("GITLAB_TOKEN") else "JOB-TOKEN"
    base = _checked(api or said.get("CI_API_V4_URL", "") or GITLAB)
    notes = f"{base}/projects/{quote(project, safe='')}/merge_requests/{number}/notes"
    url = said.get("CI_MERGE_REQUEST_PROJECT_URL", "")
    page = f"{url}/-/merge_requests/{number}" if url and not repository else ""
    return Thread("gitlab", f"{project}!{number}", notes, notes, "PUT", {header: token}, page)


def _token(said: Mapping[str, str], names: tuple[str, ...], hint: str) -> str:
    token = next((said[name].strip() for name in names if said.get(name, "").strip()), "")
    if not token or not token.isprintable() or not token.isascii():
        what = "is no token" if token else "is not set"
        raise InputError("E-COMM-001", f"{names[0]} {what}", hint)
    return token


def _checked(api: str) -> str:
    """The address of an API without a slash at its end. Raises `InputError`."""
    parts = urlsplit(api)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.username:
        raise InputError("E-COMM-010", f"{api!r} is no address of an API", f"write one such as {GITHUB} or {GITLAB}")
    return api.rstrip("/")


THREADS = {"github": github, "gitlab": gitlab}
