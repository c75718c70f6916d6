"""A bank that has said all that letters say of it, clients whom it refuses, and what stands in a letter."""

import html
import re

import numpy as np
from lightgbm import LGBMClassifier

from credit.letters import BankDetails
from credit.model import save_bundle
from credit.web.application import create_app
from support.bank_rules import rule, written

BANK = BankDetails(
    name="Bank & Sons",
    address="1 High Street | 75001 Paris",
    contact="credit@bank.example | +33 1 00 00 00 00",
    data_protection="dpo@bank.example",
    supervisor="Authority of Letters, 2 Low Street",
    credit_bureau="Bureau of Records | 3 Middle Street | +33 1 00 00 00 01",
)
ENVIRON = {
    "BANK_NAME": BANK.name,
    "BANK_ADDRESS": BANK.address,
    "BANK_CONTACT": BANK.contact,
    "BANK_DATA_PROTECTION": BANK.data_protection,
    "BANK_SUPERVISOR": BANK.supervisor,
    "BANK_CREDIT_BUREAU": BANK.credit_bureau,
}


def reasons_of(page):
    """The reasons that a letter gives, in its order."""
    return [html.unescape(one) for one in re.findall(r"<li>(.+?)</li>", re.search(r"<ol>(.+?)</ol>", page, re.S)[1])]


def used_of(page):
    """What a letter says was used."""
    return [html.unescape(one) for one in re.findall(r"<li>(.+?)</li>", re.search(r"<ul>(.+?)</ul>", page, re.S)[1])]


def words_of(page):
    """What a client reads of a letter, but for the notice that a law prescribes word for word."""
    text = re.sub(r"<style>.*?</style>|<p class=\"statutory\">.*?</p>", " ", page, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


#: The law of the rule about the age, as a letter of the language cites it.
LAW = {"en": "Civil Code, article 1146", "fr": "Code civil, art. 1146"}

RULES = (
    rule(
        name="of_age",
        when={"column": "DAYS_BIRTH", "op": ">", "value": -6575},
        legal_basis=LAW,
        reason={"en": "You are not of age.", "fr": "Vous n'êtes pas majeur(e)."},
    ),
    rule(
        name="large",
        when={"column": "AMT_CREDIT", "op": ">", "value": 3_000_000},
        reason={"en": "We lend 3,000,000 at most; <more> is too much.", "fr": "Nous prêtons 3 000 000 au plus."},
    ),
)
#: Clients 7001 to 7040, by rising score; the first eight are under age, and two of them want too much.
BODY = [
    {
        "SK_ID_CURR": 7001 + n,
        "AMT_CREDIT": 3_500_000.0 if n < 2 else 300_000.0,
        "EXT_SOURCE_2": n / 40,
        "CODE_GENDER": n % 2,
        "DAYS_BIRTH": -6000 if n < 8 else -12_000 - n,
        **({"BUREAU_DAYS_CREDIT_MAX": -300} if n % 3 == 0 else {}),
    }
    for n in range(40)
]

COLUMNS = ["CODE_GENDER", "AMT_CREDIT", "EXT_SOURCE_2", "DAYS_BIRTH", "BUREAU_DAYS_CREDIT_MAX"]
MANIFEST = {
    "data": {"simulated": True},
    "model": {"name": "Small"},
    "costs": {"margin": 0.19, "loss_given_default": 0.5},
    "review": {"cost": 15_000.0, "skill": 0.5, "capacity": None},
}


def bundle(folder, seed=5):
    """A model that reads gender, age and a score: the lower that is, the likelier a default."""
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(400, len(COLUMNS)))
    defaulted = generator.random(400) < 1 / (1 + np.exp(2 * X[:, 2] + 2 - X[:, 0]))
    X[:, 2] = (X[:, 2] + 5) / 10
    trees = LGBMClassifier(n_estimators=60, num_leaves=4, verbose=-1, n_jobs=1).fit(X, defaulted.astype(int))
    return save_bundle(folder, trees, COLUMNS, 0.16, MANIFEST)


def deciding(model, folder, language="en", **settings):
    """A client of a service that has decided on `BODY`; its log is decisions.db in ``folder``."""
    rules = written(folder / "rules.toml", *RULES)
    client = create_app(model, database=folder / "decisions.db", rules=rules, **settings).test_client()
    client.scores = client.post(f"/score?lang={language}", json=BODY).json["scores"]
    return client


def numbers(scores, decision, rule=None):
    """The decisions of that kind in the log, made by the rule of that name, by the model where None."""
    return [
        one["decision_id"]
        for one in scores
        if one["decision"] == decision and (one["rule"] and one["rule"]["name"]) == rule
    ]
