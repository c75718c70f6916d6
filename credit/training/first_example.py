"""The client in README's first example: what a model is measured on as a client of whom little is known."""

#: The columns of that client.
EXAMPLE = (
    "NAME_CONTRACT_TYPE",
    "CODE_GENDER",
    "FLAG_OWN_CAR",
    "AMT_INCOME_TOTAL",
    "NAME_INCOME_TYPE",
    "NAME_EDUCATION_TYPE",
    "DAYS_BIRTH",
    "DAYS_EMPLOYED",
    "EXT_SOURCE_2",
    "EXT_SOURCE_3",
)

#: How manifests name the state in which these columns alone are known.
OF_EXAMPLE = "the columns of README's example"
