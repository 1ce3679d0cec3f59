"""The condition keys of ChangeResourceRecordSets, after the Route 53 developer guide."""

PREFIX = "route53:ChangeResourceRecordSets"
PLAIN = set("abcdefghijklmnopqrstuvwxyz0123456789-_.")


def condition_keys(changes):
    """The keys of a request with these (action, name, type) changes; none without changes."""
    if not changes:
        return {}
    actions, names, types = zip(*changes, strict=True)
    return {
        f"{PREFIX}NormalizedRecordNames": sorted({normalized(name) for name in names}),
        f"{PREFIX}RecordTypes": sorted({kind.upper() for kind in types}),
        f"{PREFIX}Actions": sorted({action.upper() for action in actions}),
    }


def normalized(name):
    """Lower case, no final dot, all but a-z 0-9 - _ . as backslash and three octal digits."""
    text = name.lower().removesuffix(".").replace("\\052", "*")
    return "".join(c if c in PLAIN else f"\\{ord(c):03o}" for c in text)
