"""User agents in the shapes real browsers send; versions and weights are assumptions (mobile heavy)."""

from __future__ import annotations

from typing import Literal, NamedTuple

Machine = Literal["mobile", "desktop", "bot", "assistant"]


class Agent(NamedTuple):
    text: str
    machine: Machine
    weight: float


_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"


def _iphone(version: str, weight: float) -> Agent:
    system = version.replace(".", "_")
    tail = f"Version/{version} Mobile/15E148 Safari/604.1"
    return Agent(f"Mozilla/5.0 (iPhone; CPU iPhone OS {system} like Mac OS X) {_APPLE} {tail}", "mobile", weight)


def _in_app(system: str, build: str, app: str, weight: float) -> Agent:
    text = f"Mozilla/5.0 (iPhone; CPU iPhone OS {system} like Mac OS X) {_APPLE} Mobile/{build} {app}"
    return Agent(text, "mobile", weight)


def _android(model: str, system: int, chrome: int, weight: float) -> Agent:
    text = f"Mozilla/5.0 (Linux; Android {system}; {model}) {_BLINK} Chrome/{chrome}.0.0.0 Mobile Safari/537.36"
    return Agent(text, "mobile", weight)


def _samsung(model: str, browser: int, chrome: int, weight: float) -> Agent:
    tail = f"SamsungBrowser/{browser}.0 Chrome/{chrome}.0.0.0 Mobile Safari/537.36"
    return Agent(f"Mozilla/5.0 (Linux; Android 14; {model}) {_BLINK} {tail}", "mobile", weight)


def _desktop(system: str, tail: str, weight: float) -> Agent:
    return Agent(f"Mozilla/5.0 ({system}) {_BLINK} {tail}", "desktop", weight)


_WINDOWS = "Windows NT 10.0; Win64; x64"
_MAC = "Macintosh; Intel Mac OS X 10_15_7"
_LINUX = "X11; Linux x86_64"
_CHROME_OS = "X11; CrOS x86_64 14541.0.0"

AGENTS: tuple[Agent, ...] = (
    *(
        _iphone(version, weight)
        for version, weight in (("17.4", 3), ("17.6", 6), ("18.1", 6), ("18.3", 8), ("18.5", 11))
    ),
    *(_iphone(version, weight) for version, weight in (("16.6", 3), ("15.8", 1), ("26.0", 4), ("26.1", 2))),
    _in_app("17_6", "21G80", "Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_6; en_US; en; scale=3.00; 1170x2532)", 4),
    _in_app("18_3", "22D60", "Instagram 361.0.0.35.82 (iPhone15,4; iOS 18_3; es_US; es; scale=3.00; 1179x2556)", 5),
    _in_app("18_5", "22F76", "[FBAN/FBIOS;FBAV/512.0.0.40.109;FBBV/730;FBDV/iPhone16,1;FBSV/18.5]", 4),
    _in_app("17_4", "21E219", "[FBAN/FBIOS;FBAV/478.0.0.35.106;FBBV/629;FBDV/iPhone14,2;FBSV/17.4]", 2),
    _android("K", 10, 131, 4),
    _android("K", 10, 133, 4),
    _android("K", 10, 135, 5),
    _android("K", 10, 137, 5),
    _android("Pixel 7", 14, 131, 1),
    _android("Pixel 8", 14, 133, 1.2),
    _android("Pixel 9", 15, 137, 1),
    _android("SM-A546B", 14, 131, 1.5),
    _android("SM-S911B", 14, 133, 1.5),
    _android("SM-S928B", 14, 135, 1.2),
    _android("moto g power (2023)", 13, 131, 0.8),
    _android("2201117TG", 13, 129, 0.8),
    _samsung("SM-S911B", 26, 122, 1.5),
    _samsung("SM-A546B", 27, 125, 1.5),
    _samsung("SM-G991U", 25, 121, 0.7),
    Agent("Mozilla/5.0 (Android 14; Mobile; rv:136.0) Gecko/136.0 Firefox/136.0", "mobile", 0.6),
    Agent("Mozilla/5.0 (Android 13; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0", "mobile", 0.3),
    Agent(
        f"Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) {_APPLE} Version/17.6 Mobile/15E148 Safari/604.1", "mobile", 1
    ),
    Agent(
        f"Mozilla/5.0 (iPad; CPU OS 18_3 like Mac OS X) {_APPLE} Version/18.3 Mobile/15E148 Safari/604.1", "mobile", 1
    ),
    Agent(f"Mozilla/5.0 (Linux; Android 14; SM-X710) {_BLINK} Chrome/135.0.0.0 Safari/537.36", "mobile", 0.5),
    _desktop(_WINDOWS, "Chrome/129.0.0.0 Safari/537.36", 2),
    _desktop(_WINDOWS, "Chrome/131.0.0.0 Safari/537.36", 5),
    _desktop(_WINDOWS, "Chrome/133.0.0.0 Safari/537.36", 5),
    _desktop(_WINDOWS, "Chrome/135.0.0.0 Safari/537.36", 6),
    _desktop(_WINDOWS, "Chrome/137.0.0.0 Safari/537.36", 7),
    _desktop(_WINDOWS, "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", 2),
    _desktop(_WINDOWS, "Chrome/135.0.0.0 Safari/537.36 Edg/135.0.0.0", 2.5),
    _desktop(_WINDOWS, "Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0", 2),
    _desktop(_WINDOWS, "Chrome/131.0.0.0 Safari/537.36 OPR/117.0.0.0", 0.6),
    _desktop(_MAC, "Chrome/131.0.0.0 Safari/537.36", 3),
    _desktop(_MAC, "Chrome/135.0.0.0 Safari/537.36", 3.5),
    _desktop(_MAC, "Chrome/137.0.0.0 Safari/537.36", 3.5),
    _desktop(_MAC, "Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0", 0.4),
    _desktop(_LINUX, "Chrome/131.0.0.0 Safari/537.36", 0.6),
    _desktop(_LINUX, "Chrome/137.0.0.0 Safari/537.36", 0.7),
    _desktop(_CHROME_OS, "Chrome/133.0.0.0 Safari/537.36", 0.8),
    Agent(f"Mozilla/5.0 ({_MAC}) {_APPLE} Version/17.4 Safari/605.1.15", "desktop", 1.5),
    Agent(f"Mozilla/5.0 ({_MAC}) {_APPLE} Version/17.6 Safari/605.1.15", "desktop", 2),
    Agent(f"Mozilla/5.0 ({_MAC}) {_APPLE} Version/18.3 Safari/605.1.15", "desktop", 3),
    Agent(f"Mozilla/5.0 ({_MAC}) {_APPLE} Version/18.5 Safari/605.1.15", "desktop", 2.5),
    Agent(f"Mozilla/5.0 ({_WINDOWS}; rv:128.0) Gecko/20100101 Firefox/128.0", "desktop", 0.8),
    Agent(f"Mozilla/5.0 ({_WINDOWS}; rv:136.0) Gecko/20100101 Firefox/136.0", "desktop", 1.5),
    Agent("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:136.0) Gecko/20100101 Firefox/136.0", "desktop", 0.7),
    Agent("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0", "desktop", 0.4),
    Agent("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot", 5),
    Agent("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bot", 2),
    Agent(f"Mozilla/5.0 {_BLINK}; compatible; GPTBot/1.2; +https://openai.com/gptbot)", "bot", 3),
    Agent("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "bot", 1),
    Agent(f"Mozilla/5.0 {_BLINK}; compatible; ChatGPT-User/1.0; +https://openai.com/bot", "assistant", 3),
    Agent(f"Mozilla/5.0 {_BLINK}; compatible; Claude-User/1.0; +Claude-User@anthropic.com)", "assistant", 1),
    Agent(
        f"Mozilla/5.0 {_BLINK}; compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)",
        "assistant",
        1,
    ),
)


def agents_of(machine: Machine) -> tuple[list[int], list[float]]:
    """Positions in ``AGENTS`` and weights of one kind of machine."""
    found = [(place, agent.weight) for place, agent in enumerate(AGENTS) if agent.machine == machine]
    return [place for place, _ in found], [weight for _, weight in found]
