"""What the routes answer: each answer is a struct, which is encoded as it stands and described as JSON Schema from it.

A docstring lists each field under its name in JSON: `credit.web.openapi` makes the field's description of it. Fields
stand in the order in which they are answered.
"""
