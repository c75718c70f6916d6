"""What the environment says of the service, as far as the pack shows it: no key, no hash of a key, no address."""

import msgspec


class ServiceSettings(msgspec.Struct, frozen=True):
    """Made by the command from the service's own settings.

    - ``bank``: BANK_NAME, empty where it is not set
    - ``keys``: how many keys API_KEYS has; ``roles``: of how many of them each role is
    - ``four_eyes``: FOUR_EYES; ``show_protected``: SHOW_PROTECTED; ``trust_proxy``: TRUST_PROXY
    - ``rate``: RATE_LIMIT, empty for none
    - ``rules``: the bank's rules of BANK_RULES, each as name, stage, outcome and first day; None without a file
    - ``rules_hash``: by which the log names them; empty without
    - ``muted_alarms``, ``muted_warnings``: MUTED_ALARMS, MUTED_WARNINGS, sorted
    - ``letters``: LETTER_PROFILE
    """

    bank: str = ""
    keys: int = 0
    roles: dict[str, int] = {}
    four_eyes: bool = False
    show_protected: bool = False
    trust_proxy: bool = False
    rate: str = ""
    rules: tuple[tuple[str, str, str, str], ...] | None = None
    rules_hash: str = ""
    muted_alarms: tuple[str, ...] = ()
    muted_warnings: tuple[str, ...] = ()
    letters: str = ""
