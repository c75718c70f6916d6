"""Amounts of money with their currency: EUR 300,000 in English, 300 000 EUR in French (ISO 4217).

The code stands where the Interinstitutional Style Guide of the European Union puts it, and never parts from its number
at the end of a line. A sign such as $ would not say whose dollar it is.
"""

from credit.i18n.numbers import number

#: The currencies that are legal tender somewhere (ISO 4217, list one, without funds, metals and tests).
CODES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD
    BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN
    ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD
    IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
    OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
    UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - one a line would be ten times as long
)

#: Of which the smallest coin is a thousandth.
_THOUSANDTHS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


def currency_code(text: str, setting: str) -> str:
    """The code that ``text`` is, blanks around it aside; empty where it is. Raises ValueError, naming ``setting``."""
    code = text.strip()
    if code and code not in CODES:
        near = f"; did you mean {code.upper()}" if code.upper() in CODES else ""
        raise ValueError(f"{setting} is one currency code of ISO 4217 such as EUR or USD, not {code[:20]!r}{near}.")
    return code


def money(value: float, currency: str, language: str) -> str:
    """An amount in the form of the language, to the cent where it is not whole. ``currency``: its code, or empty.

    >>> money(300000, "EUR", "en"), money(7891.5, "", "en")
    ('EUR\\xa0300,000', '7,891.50')
    """
    decimals = 0 if value == int(value) else 3 if currency in _THOUSANDTHS else 2
    amount = number(value, decimals, language)
    if not currency:
        return amount
    return f"{amount}\u00a0{currency}" if language == "fr" else f"{currency}\u00a0{amount}"
