"""In what dyn53 differs from other name servers, and why. The rows are in docs/dns.md."""

import dataclasses
import re
from collections.abc import Callable


@dataclasses.dataclass
class Row:
    """One line of the table: which messages, what dyn53 says, what others say, and the reason."""

    question: str
    ours: str
    theirs: str
    reason: str
    kinds: str
    servers: str
    allows: Callable[[str, dict, dict], bool]

    def covers(self, kind, server, field, ours, theirs):
        """Whether this difference in one field belongs here."""
        known = re.fullmatch(self.kinds, kind) and server in self.servers.split()
        return bool(known) and self.allows(field, ours, theirs)

    def line(self):
        """As it is written in the document."""
        return f"| {self.question} | {self.ours} | {self.theirs} | {self.reason} |"


def ours_is(*codes, fields=None):
    """Of replies of ours with one of these codes, any difference or one in these fields."""

    def allows(field, ours, theirs):
        return ours.get("code") in codes and (fields is None or field in fields.split())

    return allows


def one_for_all(field, ours, theirs):
    one = ours["answer"].endswith(' HINFO "rfc8482" ""')
    return one and bool(theirs["answer"]) and field in ("answer", "authority", "additional")


def without_cd(field, ours, theirs):
    return field == "flags" and ours["flags"].replace("CD", "").split() == theirs["flags"].split()


def more_beside_answers(field, ours, theirs):
    own = re.compile(r"(example\.net\. 60 NS|ns1\.example\.net\. 60 A(AAA)?) \S+")
    records = theirs.get(field, "").split("; ")
    return (
        field in ("authority", "additional")
        and not ours[field]
        and all(own.fullmatch(record) for record in records)
    )


def glue_left_out(field, ours, theirs):
    return field == "additional" and " NS " in ours["answer"] and not theirs["additional"]


def soa_for_no_time(field, ours, theirs):
    return field == "authority" and theirs["authority"] == ours["authority"].replace(
        "example.net. 60 SOA", "example.net. 0 SOA"
    )


def an_option(*numbers):
    def allows(field, ours, theirs):
        options = (
            [f"{ours['edns']} option {number}" for number in numbers] if field == "edns" else []
        )
        return theirs.get("edns") in options

    return allows


def no_opt(field, ours, theirs):
    return field == "edns" and theirs["edns"] == "none"


def silent(field, ours, theirs):
    return field == "reply" and theirs["reply"] == "none"


def wrong_opt(field, ours, theirs):
    less = field == "question" or no_opt(field, ours, theirs) or silent(field, ours, theirs)
    return ours.get("code") == "FORMERR" and less


def either(*ways):
    return lambda field, ours, theirs: any(way(field, ours, theirs) for way in ways)


BROKEN = "cut|noise|random|lying count|pointer .*|label type|name too long|two questions.*|no .*"

ROWS = [
    Row(
        "of another class than IN",
        "REFUSED",
        "NSD and Knot take class ANY for IN; BIND says FORMERR or NOTIMP, nothing for CH, and"
        " tells about itself in CH",
        "only IN is served (RFC 1035 section 3.2.4), and nothing is told about the machine",
        "class .*|noise",
        "nsd knot bind",
        ours_is("REFUSED"),
    ),
    Row(
        "type ANY",
        "one HINFO record",
        "one or all of the sets",
        "RFC 8482 section 4.2",
        "type ANY",
        "nsd knot bind",
        one_for_all,
    ),
    Row(
        "AXFR and IXFR over UDP",
        "REFUSED",
        "NOTIMP, NOTAUTH or REFUSED",
        "nobody may transfer (RFC 5936 section 2.2.1, RFC 1995 section 2)",
        "type [AI]XFR",
        "nsd knot bind",
        ours_is("REFUSED"),
    ),
    Row(
        "MAILA, MAILB, TKEY, TSIG, OPT or 0 as the type",
        "NODATA, or NXDOMAIN",
        "BIND says NOTIMP or FORMERR; Knot says NOTIMP for 0",
        "no such records are there (RFC 1034 section 4.3.2, RFC 6895 section 3.1)",
        "type (MAILA|MAILB|TKEY|TSIG|OPT|TYPE0)|noise",
        "knot bind",
        lambda field, ours, theirs: (
            theirs.get("code") in ("NOTIMP", "FORMERR")
            and ours.get("code") in ("NOERROR", "NXDOMAIN")
        ),
    ),
    Row(
        "NOTIFY and UPDATE",
        "NOTIMP",
        "NOTAUTH, REFUSED, NXDOMAIN or taken",
        "zones change over HTTP alone (RFC 1996 section 3, RFC 2136 section 2.2)",
        "opcode [45]|random",
        "nsd knot bind",
        ours_is("NOTIMP"),
    ),
    Row(
        "other opcodes",
        "NOTIMP with the question, RD and OPT",
        "NSD leaves out the question and OPT, or is silent; BIND leaves out the question and RD",
        "RFC 1035 section 4.1.1, RFC 6891 section 6.1.1",
        "opcode .*|random",
        "nsd knot bind",
        ours_is("NOTIMP", fields="reply flags question edns code"),
    ),
    Row(
        "a code in the question",
        "answered",
        "NSD says FORMERR, or nothing",
        "only replies have one (RFC 1035 section 4.1.1)",
        "flags",
        "nsd",
        lambda field, ours, theirs: (
            ours.get("code") in ("NOERROR", "NXDOMAIN")
            and (theirs["reply"] == "none" or theirs["code"] == "FORMERR")
        ),
    ),
    Row(
        "CD set",
        "CD comes back",
        "NSD and Knot clear it",
        "RFC 4035 section 3.1.6",
        ".*",
        "nsd knot",
        without_cd,
    ),
    Row(
        "any, with an answer",
        "the answer alone",
        "NSD adds the NS records and their addresses; BIND does so without RD",
        "not needed (RFC 1034 section 4.3.2), and replies stay small",
        ".*",
        "nsd bind",
        more_beside_answers,
    ),
    Row(
        "NS at the apex",
        "with the addresses of the name servers",
        "BIND leaves them out where RD is set",
        "RFC 1035 section 3.3.11",
        ".*",
        "bind",
        glue_left_out,
    ),
    Row(
        "SOA of a name without one",
        "the SOA record with its TTL",
        "BIND gives it TTL 0",
        "RFC 2308 section 3",
        ".*",
        "bind",
        soa_for_no_time,
    ),
    Row(
        "options of EDNS: cookies, client subnet, NSID",
        "ignored",
        "BIND answers the first two and refuses a cookie of a wrong length; Knot answers NSID",
        "unknown options are ignored (RFC 6891 section 6.1.2)",
        "option .*",
        "knot bind",
        either(
            an_option(3, 8, 10),
            lambda field, ours, theirs: (
                theirs.get("code") == "FORMERR" and ours.get("code") in ("NOERROR", "NXDOMAIN")
            ),
        ),
    ),
    Row(
        "of another zone, with EDNS",
        "REFUSED",
        "NSD and Knot add an extended error",
        "optional (RFC 8914 section 2)",
        ".*",
        "nsd knot",
        an_option(15),
    ),
    Row(
        "an OPT record that is wrong, or a wrong message with one",
        "FORMERR with OPT",
        "without OPT; NSD without the question too, and silent after some of them",
        "RFC 6891 sections 6.1.1 and 7: without it the asker would give up EDNS",
        "option cut|two opt|opt .*|two questions, opt|no question, opt|noise",
        "nsd knot bind",
        wrong_opt,
    ),
    Row(
        "an OPT record with a name",
        "FORMERR",
        "Knot answers",
        "RFC 6891 section 6.1.2",
        "opt with a name|noise",
        "knot",
        ours_is("FORMERR"),
    ),
    Row(
        "a version of EDNS above 0, DO set",
        "BADVERS with DO",
        "NSD clears DO",
        "RFC 3225 section 3",
        "edns version|noise",
        "nsd",
        ours_is("BADVERS", fields="edns"),
    ),
    Row(
        "no question, but OPT",
        "FORMERR",
        "NSD says NOERROR",
        "only a cookie makes sense of it (RFC 7873 section 5.4), and there are none",
        "no question, opt",
        "nsd",
        ours_is("FORMERR"),
    ),
    Row(
        "a record in the answer section",
        "FORMERR",
        "BIND and Knot ignore it; NSD is silent",
        "a question has none (RFC 1035 section 4.1.1)",
        "an answer|opt as answer|noise|lying count",
        "nsd knot bind",
        ours_is("FORMERR"),
    ),
    Row(
        "a record in the authority or additional section",
        "answered",
        "NSD says FORMERR or nothing",
        "RFC 1995 section 3 and RFC 8945 put records there",
        "an (authority|additional)|noise",
        "nsd",
        lambda field, ours, theirs: (
            ours["reply"] == "some" and (theirs["reply"] == "none" or theirs["code"] == "FORMERR")
        ),
    ),
    Row(
        "bytes behind the message",
        "answered without them",
        "Knot says FORMERR",
        "the counts say where a message ends (RFC 1035 section 4.1.1)",
        "behind",
        "knot",
        ours_is("NOERROR", "NXDOMAIN"),
    ),
    Row(
        "a message that cannot be read, or without exactly one question",
        "FORMERR, with RD and the question if there is one",
        "silence, FORMERR with less, or BIND's guess at what was meant",
        "silence costs the asker a timeout (RFC 8906 section 1), and the reply is not longer",
        BROKEN,
        "nsd knot bind",
        ours_is("FORMERR", "NOTIMP", fields="reply flags question code edns"),
    ),
]
