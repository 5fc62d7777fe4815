"""Names that one format or another would like to understand as its own language."""

EVIL = (
    "<script>alert(1)</script>",
    r"$\input{x}$",
    '#eval("x")',
    "[@rover2021]",
    "a|b *c* _d_ `e`",
    r"100 % & ~ ^ {f} \g",
)
"""Names of studies; each format has signs here that mean something to it."""
