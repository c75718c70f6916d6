"""What the bank sold before: products, terms, channels, goods and reasons, as shares of the published applications.

A product combination settles portfolio, product type and yield group; goods and seller follow from the kind of shop.
"""

import numpy as np

from credit.simulate.row_sampling import Floats

# fmt: off
CONTRACTS = ("Cash loans", "Consumer loans", "Revolving loans", "XNA")
CASH, CONSUMER, REVOLVING, NO_CONTRACT = range(4)
STATUSES = ("Approved", "Canceled", "Refused", "Unused offer")
APPROVED, CANCELED, REFUSED, UNUSED = range(4)

#: Product combination -> share, portfolio, product type, yield group. Consumer loans by shop and interest.
CASH_PRODUCTS = {
    "Cash X-Sell: middle": (0.0866, "x-sell", "middle"),
    "Cash X-Sell: low": (0.0770, "x-sell", "low_normal"),
    "Cash X-Sell: high": (0.0364, "x-sell", "high"),
    "Cash Street: high": (0.0349, "walk-in", "high"),
    "Cash Street: low": (0.0206, "walk-in", "low_normal"),
    "Cash Street: middle": (0.0200, "walk-in", "middle"),
}
SHOPS = ("household", "mobile", "industry", "other")
SHOP_SHARES = {"household": 0.194, "mobile": 0.1415, "industry": 0.0675, "other": 0.0152}
SHOP_PRODUCTS = (
    ("POS household with interest", "POS mobile with interest", "POS industry with interest",
     "POS other with interest"),
    ("POS household without interest", "POS mobile without interest", "POS industry without interest",
     "POS others without interest"),
)
CARD_PRODUCTS = ("Card Street", "Card X-Sell")
PRODUCTS = (*CASH_PRODUCTS, *SHOP_PRODUCTS[0], *SHOP_PRODUCTS[1], *CARD_PRODUCTS, "Cash")

YIELDS = ("XNA", "high", "middle", "low_normal", "low_action")
#: Monthly interest by yield group, for loans in shops and in cash.
SHOP_INTEREST = {"XNA": 0.02, "high": 0.042, "middle": 0.024, "low_normal": 0.011, "low_action": 0.003}
CASH_INTEREST = {"XNA": 0.02, "high": 0.035, "middle": 0.022, "low_normal": 0.014, "low_action": 0.011}

#: Number of monthly payments.
SHOP_TERMS = {"3": 0.005, "4": 0.045, "5": 0.02, "6": 0.20, "8": 0.07, "10": 0.20, "12": 0.27, "14": 0.01, "16": 0.01,
              "18": 0.05, "24": 0.06, "36": 0.012, "48": 0.002}
CASH_TERMS = {"6": 0.03, "9": 0.01, "12": 0.21, "18": 0.08, "24": 0.22, "30": 0.04, "36": 0.19, "42": 0.04, "48": 0.09,
              "54": 0.01, "60": 0.075, "72": 0.001}

#: Amount asked for (also the price of the goods), by contract.
SHOP_AMOUNTS = {0: 3500, 0.01: 9500, 0.05: 20500, 0.25: 42000, 0.5: 71000, 0.75: 117000, 0.9: 185000, 0.95: 240000,
                0.99: 450000, 1: 1500000}
CASH_AMOUNTS = {0: 22500, 0.02: 30000, 0.05: 45000, 0.25: 138000, 0.5: 265000, 0.75: 540000, 0.87: 900000,
                0.95: 1250000, 0.99: 1700000, 1: 3150000}
CARD_AMOUNTS = {0: 22500, 0.1: 45000, 0.25: 135000, 0.5: 202500, 0.75: 315000, 0.9: 540000, 0.97: 765000, 1: 1350000}
#: Down payment over price, where there is one.
DOWN_PAYMENTS = {0: 0.001, 0.12: 0.045, 0.45: 0.1005, 0.56: 0.1089, 0.80: 0.195, 0.89: 0.265, 0.978: 0.52, 1: 0.84}

CHANNELS = ("Credit and cash offices", "Country-wide", "Stone", "Regional / Local", "Contact center",
            "AP+ (Cash loan)", "Channel of corporate sales", "Car dealer")
CHANNEL_SHARES = np.array([
    [0.845, 0.015, 0.010, 0.005, 0.088, 0.032, 0.004, 0.0000],
    [0.004, 0.580, 0.270, 0.138, 0.002, 0.001, 0.003, 0.0005],
    [0.500, 0.320, 0.010, 0.015, 0.030, 0.125, 0.000, 0.0000],
    [0.900, 0.050, 0.000, 0.000, 0.050, 0.000, 0.000, 0.0000],
])
#: Size of the seller's place where it is told.
SELLER_PLACES = {0: 1, 0.2: 18, 0.35: 40, 0.49: 74, 0.65: 210, 0.796: 800, 0.898: 1775, 0.98: 3500, 0.9999: 9000,
                 1: 250000}

GOODS: dict[str, dict[str, float]] = {
    "household": {"Consumer Electronics": 0.315, "Computers": 0.27, "Audio/Video": 0.265, "Photo / Cinema Equipment":
        0.05, "Mobile": 0.07, "Homewares": 0.016, "Office Appliances": 0.006, "Furniture": 0.004, "Gardening": 0.004},
    "mobile": {"Mobile": 0.80, "Computers": 0.065, "Audio/Video": 0.035, "Consumer Electronics": 0.05,
        "Photo / Cinema Equipment": 0.03, "Other": 0.006, "Auto Accessories": 0.004, "Insurance": 0.00015},
    "industry": {"Furniture": 0.43, "Construction Materials": 0.215, "Clothing and Accessories": 0.215,
        "Jewelry": 0.035, "Auto Accessories": 0.035, "Medical Supplies": 0.02, "Vehicles": 0.02, "Gardening": 0.014,
        "Homewares": 0.008, "Weapon": 0.001, "Animals": 0.00001, "House Construction": 0.00001},
    "other": {"Auto Accessories": 0.1, "Sport and Leisure": 0.11, "Tourism": 0.09, "Medicine": 0.07, "Other": 0.05,
        "Medical Supplies": 0.07, "Jewelry": 0.09, "Direct Sales": 0.025, "Fitness": 0.018, "Vehicles": 0.04,
        "Clothing and Accessories": 0.06, "Construction Materials": 0.06, "Furniture": 0.18, "Education": 0.004,
        "Additional Service": 0.005},
}
SELLERS: dict[str, dict[str, float]] = {
    "household": {"Consumer electronics": 0.93, "Connectivity": 0.05, "Industry": 0.01, "Furniture": 0.005},
    "mobile": {"Connectivity": 0.88, "Consumer electronics": 0.105, "Industry": 0.005, "XNA": 0.004},
    "industry": {"Furniture": 0.46, "Construction": 0.26, "Clothing": 0.215, "Industry": 0.035, "Jewelry": 0.02,
        "Auto technology": 0.02},
    "other": {"Industry": 0.3, "Auto technology": 0.16, "MLM partners": 0.06, "Furniture": 0.15, "XNA": 0.2,
        "Tourism": 0.022, "Construction": 0.05, "Jewelry": 0.04},
    # Cards and cash sold in a shop of the country-wide channel.
    "none": {"Consumer electronics": 0.60, "Connectivity": 0.38, "Industry": 0.02},
}
PURPOSES = {"XNA": 0.02, "Repairs": 0.013747, "Other": 0.008921, "Urgent needs": 0.005316,
    "Buying a used car": 0.001976, "Everyday expenses": 0.001731, "Payments on other loans": 0.001507,
    "Building a house or an annex": 0.001487, "Medicine": 0.001324, "Education": 0.000815, "Buying a new car": 0.000631,
    "Buying a holiday home / land": 0.000631, "Car repairs": 0.00055, "Journey": 0.00053,
    "Purchase of electronic equipment": 0.000509, "Buying a home": 0.000489, "Furniture": 0.000407,
    "Wedding / gift / holiday": 0.000326, "Business development": 0.000305, "Gasification / water supply": 0.000102,
    "Hobby": 0.000061, "Buying a garage": 0.00002, "Money for a third person": 0.00001,
    "Refusal to name the goal": 0.00001}
#: Why an application was refused; the second row where the client looks risky.
REASONS = ("HC", "LIMIT", "SCO", "SCOFR", "XNA", "VERIF", "SYSTEM")
REASON_SHARES = np.array([
    [0.640, 0.190, 0.112, 0.016, 0.0210, 0.0165, 0.0017],
    [0.610, 0.190, 0.111, 0.070, 0.0115, 0.0085, 0.0009],
])
SUITES = {"Unaccompanied": 0.60807, "Family": 0.24585, "Spouse, partner": 0.075938, "Children": 0.035634,
          "Other_B": 0.021098, "Other_A": 0.010549, "Group of people": 0.002859}
WEEKDAYS = {"TUESDAY": 0.15729, "FRIDAY": 0.15326, "WEDNESDAY": 0.15198, "MONDAY": 0.15106, "THURSDAY": 0.14825,
            "SATURDAY": 0.14141, "SUNDAY": 0.096762}
PAYMENTS = ("Cash through the bank", "XNA", "Non-cash from your account", "Cashless from the account of the employer")
#: Rate of interest of the few loans that are promoted.
PRIVILEGED = {"0.8350951374207188": 0.31863, "0.8673361522198731": 0.18627, "0.852536997885835": 0.17157,
    "0.715644820295983": 0.15196, "0.6379492600422833": 0.10294, "0.5687103594080338": 0.019608,
    "0.4244186046511628": 0.019608, "0.8324524312896405": 0.014706}
#: The other rate of those few loans.
PRIMARY = {0: 0.0591, 0.04: 0.14244, 0.25: 0.16072, 0.5: 0.18914, 0.75: 0.19333, 0.95: 0.19691, 0.98: 0.2, 1: 0.745}
# fmt: on


def table_of(shares: dict[str, dict[str, float]]) -> tuple[tuple[str, ...], Floats]:
    """The words of nested shares in order of appearance, and the shares as an array (groups, words)."""
    names = tuple(dict.fromkeys(name for row in shares.values() for name in row))
    return names, np.array([[row.get(name, 0.0) for name in names] for row in shares.values()])
