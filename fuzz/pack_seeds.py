#!/usr/bin/env python3
"""Packs the small seed corpus: one folder per target under fuzz/seeds, from content and test data.

Run it after content changes: `python3 fuzz/pack_seeds.py` (needs PyYAML). It writes the seeds it knows and
leaves others alone, so an input that a fuzzer found is added by copying it to the folder of its target.
Each seed is what the target reads (fuzz/entries), so some carry a first byte or a zero byte.
"""
import json
import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEEDS = ROOT / "fuzz" / "seeds"
SEED_BYTES_MAX = 4096
ALL_BYTES_MAX = 200 * 1024

# Must match TYPES in entries/alert.rs and the order of the files in the scaffold (entries/manifest.rs).
ALERT_TYPES = {"": 0, ".json": 1, ".txt": 2, ".ndjson": 3, "form": 4, ".eml": 5}
MANIFEST_FILES = {"readme": 0, "action": 1, "connector": 2, "sample": 3}


def put(target: str, name: str, data: bytes | str) -> None:
    data = data.encode() if isinstance(data, str) else data
    if len(data) <= SEED_BYTES_MAX:
        (SEEDS / target).mkdir(parents=True, exist_ok=True)
        (SEEDS / target / name).write_bytes(data)


def alerts() -> None:
    for path in sorted((ROOT / "content/sources").glob("*/samples/*")):
        if path.suffix in ALERT_TYPES and path.name != "README.md":
            name = f"{path.parent.parent.name}_{path.name}"
            for kind in (ALERT_TYPES[path.suffix], 0):
                put("alert", f"{kind}_{name}", bytes([kind]) + path.read_bytes())
            put("observe", name, path.read_bytes())
            if path.suffix == ".eml":
                put("mail", name, path.read_bytes())
    put("alert", "4_form", b"\x04payload=%7B%22title%22%3A%22a%22%7D&ip=203.0.113.7")
    put("alert", "1_batch", b'\x01[{"title":"a","ip":"203.0.113.7"},{"title":"b","severity":9}]')


def mails() -> None:
    head = "From: a@example.org\r\nTo: b@example.org\r\nSubject: {}\r\nDate: Sat, 21 Nov 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\n"
    mixed = 'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n{}\r\n--x--\r\n'
    inner = head.format("inner") + "Content-Type: text/html\r\n\r\n<a href='hxxp://a[.]example/?q=1'>b</a>\r\n"
    put("mail", "plain.eml", head.format("=?utf-8?B?w6TDtg==?= =?iso-8859-1?Q?=E4?=") + "\r\nhttp://a.example/x\r\n")
    put("mail", "nested.eml", head.format("outer") + mixed.format("Content-Type: message/rfc822\r\n\r\n" + inner))
    attached = "Content-Type: application/zip; name*=utf-8''%61.zip\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"../a.zip\"\r\n\r\nUEsDBAoAAAAAAA==\r\n"
    put("mail", "attached.eml", head.format("file") + mixed.format(attached))
    quoted = "Content-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=80 198.51.100[.]7=\r\n done\r\n"
    put("mail", "quoted.eml", head.format("quoted") + mixed.format(quoted))
    put("mail", "unclosed.eml", head.format("open") + mixed.format(quoted)[:-8])


def observables() -> None:
    data = ROOT / "crates/intel/tests/data"
    for name in ("tricky_positive", "tricky_negative"):
        rows = json.loads((data / f"{name}.json").read_text())
        texts = [row["text"] for row in rows if isinstance(row, dict) and "text" in row]
        for start in range(0, len(texts), 40):
            put("observe", f"{name}_{start}", "\n".join(texts[start : start + 40]))
    kinds = "2001:db8::1 198[.]51[.]100[.]7/24 hxxps://bücher[.]example:8443/p?q=1#f a(at)b[dot]example CVE-2026-1234 AS64500 "
    put("observe", "kinds", kinds + "00:00:5e:00:53:01 C:\\Windows\\a.exe HKLM\\Software\\A /etc/passwd " + "a" * 32 + " " + "b" * 64)


def manifests() -> None:
    for path in sorted((ROOT / "content/connectors").glob("*/connector.yaml")):
        put("manifest", f"connector_{path.parent.name}", bytes([MANIFEST_FILES["connector"]]) + path.read_bytes())
        actions = sorted((path.parent / "actions").glob("*.yaml"), key=lambda p: (p.stat().st_size, p.name))
        action = actions[len(actions) // 2]
        put("manifest", f"action_{path.parent.name}_{action.stem}", bytes([MANIFEST_FILES["action"]]) + action.read_bytes())
        samples = sorted((path.parent / "samples").glob("*/*.yaml"))
        put("manifest", f"sample_{path.parent.name}", bytes([MANIFEST_FILES["sample"]]) + samples[0].read_bytes())


def playbooks() -> None:
    answers = bytes(range(1, 64)) + bytes([255, 250, 245, 7, 14, 0])
    for path in sorted((ROOT / "content/playbooks").glob("*/playbook.yaml")):
        document = yaml.safe_load(path.read_text())
        put("playbook", path.parent.name, json.dumps(document, separators=(",", ":")).encode() + b"\0" + answers)
        expressions("".join(path.name.split(".")[:1]) + "_" + path.parent.name, document)
    for path in sorted((ROOT / "crates/engine/tests/scenarios").glob("*.txt")):
        document = path.read_text().split("\n---\n")[0]
        steps = json.loads("\n".join(line for line in document.splitlines() if not line.startswith("#")))
        if "steps" not in (steps[0] if isinstance(steps, list) else steps):
            steps = {"format": 1, "id": "scenario", "title": "Scenario", "steps": steps}
        put("playbook", path.stem, json.dumps(steps, separators=(",", ":")).encode() + b"\0" + answers)
    for path in sorted((ROOT / "content/connectors").glob("*/actions/*.yaml"))[::6]:
        expressions(f"{path.parent.parent.name}_{path.stem}", yaml.safe_load(path.read_text()))


def expressions(name: str, document: object) -> None:
    """The longest few texts that hold an expression, each with data that it can look at."""
    found: list[str] = []
    pending = [document]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            found += [text for key, text in value.items() if key == "when" and isinstance(text, str)]
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        elif isinstance(value, str) and "{{" in value:
            found += [value, value.partition("{{")[2].rpartition("}}")[0].strip()]
    body = {"score": 97, "items": [{"type": "ip", "value": "203.0.113.7"}], "ratio": 0.5, "none": None}
    scope = {"body": body, "input": body, "output": body, "status": 200, "case": {"observables": body["items"]}, "steps": {}}
    for place, text in enumerate(sorted(set(found), key=lambda text: (-len(text), text))[:3]):
        put("expr", f"{name}_{place}", text + "\0" + json.dumps(scope, separators=(",", ":")))


def main() -> None:
    alerts()
    mails()
    observables()
    manifests()
    playbooks()
    sizes = {folder.name: [f.stat().st_size for f in folder.iterdir()] for folder in sorted(SEEDS.iterdir())}
    for name, files in sizes.items():
        print(f"{name}: {len(files)} seeds, {sum(files)} bytes")
    total = sum(sum(files) for files in sizes.values())
    assert total <= ALL_BYTES_MAX, f"{total} bytes of seeds, {ALL_BYTES_MAX} are allowed"


if __name__ == "__main__":
    main()
