"""The comment, written by hand of a real server on loopback that answers as GitHub and GitLab do."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread as Runner
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.plan.charts.sample import ASSISTANT, HARMFUL, of_text

from outlay.model.problem import InputError, OutlayError
from outlay.plan.comment.comparison import Comparison, parse_threshold
from outlay.plan.comment.forges import THREADS, BusyForgeError, Thread
from outlay.plan.comment.publish import Published, publish
from outlay.plan.comment.text import code, comment, marker
from outlay.plan.stack import Stack

TOKEN = "secret-token-1234567890"
MARKER = marker("support-assistant")
NOW = (0.0, 0.0)
AFTER = (
    ASSISTANT.replace("$38k", "$40k")
    .replace("$300..$450..$800 / month", "$900 / month")
    .replace("  enablement: {zero: users know the desk already}\n", "")
)


@dataclass
class Site:
    """A site with one thread of comments. `failures` are the statuses of the next answers."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    url: str = ""

    def add(self, body: str, **more: Any) -> None:
        number = len(self.comments) + 1
        self.comments.append({"id": number, "body": body, "html_url": f"{self.url}/c/{number}", **more})


class Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        site, asked = self.site, parse_qs(urlsplit(self.path).query)
        page, size = int(asked["page"][0]), int(asked["per_page"][0])
        shown = site.comments[(page - 1) * size : page * size]
        more = (
            {"Link": f'<{site.url}/elsewhere?page={page + 1}>; rel="next"'} if len(site.comments) > page * size else {}
        )
        self.reply(shown, more)

    def do_POST(self) -> None:
        body = self.body()
        if not self.site.failures:
            self.site.add(body)
        self.reply(self.site.comments[-1] if self.site.comments else None)

    def do_PATCH(self) -> None:
        found = next((c for c in self.site.comments if c["id"] == int(self.path.rsplit("/", 1)[1])), None)
        body = self.body()
        if found is None or found.get("locked"):
            self.refuse(403 if found else 404)
            return
        found["body"] = body
        self.reply(found)

    def do_PUT(self) -> None:
        self.do_PATCH()

    def body(self) -> str:
        text = self.rfile.read(int(self.headers["Content-Length"]))
        return str(json.loads(text)["body"])

    def reply(self, content: Any, headers: dict[str, str] | None = None) -> None:
        self.site.asked.append(f"{self.command} {self.path}")
        given = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or self.headers.get("JOB-TOKEN")
        if self.site.failures:
            self.refuse(self.site.failures.pop(0))
        elif str(given).removeprefix("Bearer ") != TOKEN:
            self.refuse(401)
        else:
            self.send(200, content, headers)

    def refuse(self, status: int) -> None:
        moved = {"Location": f"{self.site.url}/repositories/7"} if status in (301, 307) else {}
        self.send(status, {"message": f"no, not with {TOKEN}"}, moved)

    def send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(site: Site, handler: type[Handler] = Handler) -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (handler,), {"site": site}))
    site.url = f"http://127.0.0.1:{server.server_port}"
    runner = Runner(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    runner.start()
    try:
        yield site
    finally:
        server.shutdown()
        runner.join()
        server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as found:
        yield found


@pytest.fixture(autouse=True)
def _without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return of_text(tmp_path_factory.mktemp("before"), ASSISTANT)


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return of_text(tmp_path_factory.mktemp("after"), AFTER)


def thread(site: Site, forge: str = "github", token: str = TOKEN) -> Thread:
    said = {
        "github": {"GITHUB_API_URL": site.url, "GITHUB_REPOSITORY": "acme/app", "GITHUB_REF": "refs/pull/12/merge"},
        "gitlab": {"CI_API_V4_URL": f"{site.url}/api/v4", "CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_IID": "12"},
    }[forge]
    return THREADS[forge]({**said, f"{forge.upper()}_TOKEN": token})


# The text.


def test_a_change_as_people_read_it(before: Stack, after: Stack, snapshot: SnapshotAssertion) -> None:
    assert re.sub(r"outlay \d[\w.]+", "outlay <version>", comment(Comparison(after, before))) == snapshot


def test_a_plan_alone_as_people_read_it(before: Stack, snapshot: SnapshotAssertion) -> None:
    assert re.sub(r"outlay \d[\w.]+", "outlay <version>", comment(Comparison(before))) == snapshot


def test_below_the_threshold_as_people_read_it(before: Stack, after: Stack, snapshot: SnapshotAssertion) -> None:
    again = Comparison(before, before)
    assert re.sub(r"outlay \d[\w.]+", "outlay <version>", comment(again, parse_threshold("5%"))) == snapshot


def test_the_layers_that_changed_add_up_to_the_change(before: Stack, after: Stack) -> None:
    told = Comparison(after, before)
    moved = sum((c.after or 0) - (c.before or 0) for c in told.changed)
    assert float(moved) == pytest.approx(float(after.total.expected - before.total.expected))
    assert [c.layer for c in told.changed] == ["people", "network", "enablement"]


def test_names_stand_in_code(tmp_path: Path) -> None:
    text = comment(Comparison(of_text(tmp_path, HARMFUL, 64)))
    outside = re.sub(r"(`+)(?:(?!\1).)*?\1", "", text)
    assert "<script>" not in outside
    assert "HYPERLINK" not in outside
    assert text.startswith("<!-- outlay plan: harm -->\n")


def test_code_holds_any_text_on_one_line() -> None:
    assert code("a") == "`a`"
    assert code("a `b` c") == "``a `b` c``"
    assert code("`x`") == "`` `x` ``"
    assert code("one\n/close\n@all") == "`one /close @all`"
    assert len(code("x" * 500)) < 90


@pytest.mark.parametrize(
    ("text", "value", "share"), [("5%", "0.05", True), ("$2k", "2000", False), ("2,000.50", "2000.5", False)]
)
def test_thresholds_are_shares_or_money(text: str, value: str, share: bool) -> None:
    found = parse_threshold(text)
    assert (f"{found.value.normalize():f}", found.share) == (value, share)


@pytest.mark.parametrize("text", ["", "five", "5%%", "$5%", "-1", "5k%"])
def test_other_thresholds_are_refused(text: str) -> None:
    with pytest.raises(InputError) as told:
        parse_threshold(text)
    assert told.value.code == "E-COMM-008"


def test_a_change_of_the_threshold_itself_speaks(before: Stack, after: Stack) -> None:
    told = Comparison(after, before)
    moved = after.total.expected - before.total.expected
    same_missing = Comparison(before, before)
    assert told.speaks(parse_threshold(f"{moved:.2f}"))
    assert not same_missing.speaks(parse_threshold("0.01"))
    assert not same_missing.speaks(parse_threshold("0%"))
    assert same_missing.speaks(None)


def test_a_layer_that_is_missing_speaks_below_any_threshold(before: Stack, after: Stack) -> None:
    assert Comparison(after, before).speaks(parse_threshold("1bn"))


def test_two_currencies_are_not_compared(tmp_path: Path, before: Stack) -> None:
    euros = of_text(tmp_path, ASSISTANT.replace("owner: platform-finance", "currency: EUR\ndollar: 0.9", 1), 64)
    with pytest.raises(InputError) as told:
        Comparison(euros, before)
    assert told.value.code == "E-COMM-009"


# The thread.


@pytest.mark.parametrize("forge", THREADS)
def test_the_first_run_writes_and_the_next_ones_change_it_in_place(site: Site, forge: str) -> None:
    site.add("hello")
    first = publish(thread(site, forge), MARKER, f"{MARKER}\none")
    assert first == Published("created", f"{site.url}/c/2")
    assert publish(thread(site, forge), MARKER, f"{MARKER}\none").action == "unchanged"
    assert publish(thread(site, forge), MARKER, f"{MARKER}\ntwo").action == "updated"
    assert [c["body"] for c in site.comments] == ["hello", f"{MARKER}\ntwo"]
    paths = {
        "github": ["POST /repos/acme/app/issues/12/comments", "PATCH /repos/acme/app/issues/comments/2"],
        "gitlab": [
            "POST /api/v4/projects/7/merge_requests/12/notes",
            "PUT /api/v4/projects/7/merge_requests/12/notes/2",
        ],
    }
    assert [a for a in site.asked if not a.startswith("GET")] == paths[forge]


def test_silent_changes_write_nothing_and_mend_what_stands_there(site: Site) -> None:
    assert publish(thread(site), MARKER, f"{MARKER}\nsmall", speaks=False) == Published("silent")
    assert site.comments == []
    publish(thread(site), MARKER, f"{MARKER}\nlarge")
    assert publish(thread(site), MARKER, f"{MARKER}\nsmall", speaks=False).action == "updated"
    assert [c["body"] for c in site.comments] == [f"{MARKER}\nsmall"]


def test_the_comment_is_found_on_a_later_page(site: Site) -> None:
    for index in range(230):
        site.add(f"comment {index}")
    site.add(f"{MARKER}\nold")
    assert publish(thread(site), MARKER, f"{MARKER}\nnew").action == "updated"
    assert site.comments[230]["body"] == f"{MARKER}\nnew"
    pages = [a for a in site.asked if a.startswith("GET")]
    assert [p.rsplit("page=", 1)[1] for p in pages] == ["1", "2", "3"]
    assert not [a for a in site.asked if "elsewhere" in a]


def test_comments_on_other_plans_and_quotes_stay(site: Site) -> None:
    site.add(f"{marker('other')}\nx")
    site.add(f"> {MARKER}\nquoted")
    site.add(f"{MARKER}\nby the system", system=True)
    assert publish(thread(site), MARKER, f"{MARKER}\nmine").action == "created"
    assert len(site.comments) == 4


def test_a_comment_of_somebody_else_with_the_marker_stays(site: Site) -> None:
    site.add(f"{MARKER}\nnot mine", locked=True)
    assert publish(thread(site), MARKER, f"{MARKER}\nmine").action == "created"
    assert publish(thread(site), MARKER, f"{MARKER}\nagain").action == "updated"
    assert [c["body"] for c in site.comments] == [f"{MARKER}\nnot mine", f"{MARKER}\nagain"]


def test_a_server_that_fails_is_asked_again(site: Site) -> None:
    site.failures = [502]
    assert publish(thread(site), MARKER, f"{MARKER}\nx", pauses=NOW).action == "created"
    site.failures = [429]
    assert publish(thread(site), MARKER, f"{MARKER}\ny", pauses=NOW).action == "updated"


class Forgetful(Handler):
    """A server that keeps a comment and then fails to say so."""

    def do_POST(self) -> None:
        self.site.add(self.body())
        self.refuse(500)


def test_nothing_is_written_twice_when_the_answer_is_lost() -> None:
    with serving(Site(), Forgetful) as site:
        assert publish(thread(site), MARKER, f"{MARKER}\nx", pauses=NOW).action == "unchanged"
        assert len(site.comments) == 1


def test_a_server_that_fails_for_long_is_told(site: Site) -> None:
    site.failures = [503] * 9
    with pytest.raises(BusyForgeError) as told:
        publish(thread(site), MARKER, "x", pauses=NOW)
    assert (told.value.code, told.value.exit_code) == ("E-COMM-006", 1)
    assert len(site.asked) == 3


def test_nobody_there_is_told(site: Site) -> None:
    gone = thread(site)
    object.__setattr__(gone, "comments", "http://127.0.0.1:9/x")
    with pytest.raises(BusyForgeError, match="no answer from 127"):
        publish(gone, MARKER, "x", pauses=())


@pytest.mark.parametrize("forge", THREADS)
@pytest.mark.parametrize(
    ("status", "problem", "exit_code"),
    [
        (401, "E-COMM-003", 2),
        (403, "E-COMM-004", 2),
        (404, "E-COMM-005", 2),
        (422, "E-COMM-007", 1),
        (301, "E-COMM-007", 1),
    ],
)
def test_what_is_refused_has_a_code_and_does_not_tell_the_token(
    site: Site, forge: str, status: int, problem: str, exit_code: int
) -> None:
    site.failures = [status] * 9
    with pytest.raises(OutlayError) as told:
        publish(thread(site, forge), MARKER, "x", pauses=NOW)
    assert (told.value.code, told.value.exit_code) == (problem, exit_code)
    assert told.value.hint
    assert TOKEN not in str(told.value)
    assert TOKEN not in repr(thread(site, forge))
    assert len(site.asked) == 1


def test_a_bad_token_is_refused(site: Site) -> None:
    with pytest.raises(InputError) as told:
        publish(thread(site, token="other"), MARKER, "x", pauses=NOW)
    assert told.value.code == "E-COMM-003"


@pytest.mark.parametrize("forge", THREADS)
@pytest.mark.parametrize("token", ["", "  ", "two\nlines"])
def test_a_missing_token_is_told(forge: str, token: str) -> None:
    said = {"GITHUB_TOKEN": token, "GITLAB_TOKEN": token}
    with pytest.raises(InputError) as told:
        THREADS[forge](said, "acme/app", 3)
    assert told.value.code == "E-COMM-001"


@pytest.mark.parametrize("forge", THREADS)
def test_a_job_without_a_request_is_told(forge: str) -> None:
    said = {"GITHUB_TOKEN": TOKEN, "GITLAB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "a/b", "GITHUB_REF": "refs/heads/main"}
    with pytest.raises(InputError) as told:
        THREADS[forge](said)
    assert told.value.code == "E-COMM-002"


@pytest.mark.parametrize("api", ["file:///etc", "ftp://x", "api.github.com", "https://a:b@x", "https://x/?q=1"])
def test_an_address_that_is_none_is_refused(api: str) -> None:
    with pytest.raises(InputError) as told:
        THREADS["github"]({"GITHUB_TOKEN": TOKEN}, "a/b", 3, api)
    assert told.value.code == "E-COMM-010"


@pytest.mark.parametrize(
    "event", [{"pull_request": {"number": 9}}, {"issue": {"number": 9}}, {"number": 9, "action": "opened"}]
)
def test_the_number_is_found_in_the_event(tmp_path: Path, event: Any) -> None:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    said = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "a/b", "GITHUB_EVENT_PATH": str(path), "GITHUB_REF": "main"}
    assert THREADS["github"](said).name == "a/b#9"


def test_a_project_may_be_named_by_its_path_and_a_job_token_has_a_header_of_its_own() -> None:
    found = THREADS["gitlab"]({"CI_JOB_TOKEN": TOKEN}, "group/sub/app", 3)
    assert found.comments.startswith("https://gitlab.com/api/v4/projects/group%2Fsub%2Fapp/merge_requests/3/")
    assert found.headers == {"JOB-TOKEN": TOKEN}


def test_notes_of_gitlab_have_an_address(site: Site) -> None:
    said = {"GITLAB_TOKEN": TOKEN, "CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_IID": "12", "CI_API_V4_URL": site.url}
    found = THREADS["gitlab"]({**said, "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.example/g/app"})
    assert found.page == "https://gitlab.example/g/app/-/merge_requests/12"
