"""Route 53 as botocore's service model describes it: values, requests and answers made from it."""

import copy
import datetime
import xml.etree.ElementTree as ElementTree

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"
TIME = datetime.datetime(2026, 11, 24, 12, 30, tzinfo=datetime.UTC)


class Model:
    """The model, with further members of ResourceRecordSet if AWS added them tomorrow."""

    def __init__(self, further=None):
        described = copy.deepcopy(Loader().load_service_model("route53", "service-2"))
        described["shapes"]["ResourceRecordSet"]["members"].update(further or {})
        self.service = ServiceModel(described, "route53")
        self.record_set = self.service.shape_for("ResourceRecordSet")

    def operation(self, name):
        return self.service.operation_model(name)

    def problems(self, operation, params):
        """What botocore has against the parameters of a call."""
        found = ParamValidator().validate(params, self.operation(operation).input_shape)
        return found.generate_report() if found.has_errors() else ""

    def serialized(self, operation, params):
        """Method, path, query and body as botocore sends them."""
        return create_serializer("rest-xml", False).serialize_to_request(
            params, self.operation(operation)
        )

    def parsed(self, operation, status, body):
        """What botocore reads in an answer."""
        answer = {"status_code": status, "headers": {}, "body": body.encode()}
        return create_parser("rest-xml").parse(answer, self.operation(operation).output_shape)

    def answer(self, operation, values):
        """The body of an answer with these values."""
        shape = self.operation(operation).output_shape
        root = element(shape.name, shape, values)
        root.set("xmlns", NAMESPACE)
        return ElementTree.tostring(root, encoding="unicode")


def example(shape):
    """A value of this shape with all its members."""
    kind = shape.type_name
    if kind == "structure":
        return {name: example(member) for name, member in shape.members.items()}
    if kind == "list":
        return [example(shape.member)]
    if kind == "string":
        return shape.enum[0] if shape.enum else "x" * max(1, shape.metadata.get("min", 1))
    if kind == "timestamp":
        return TIME
    return {"boolean": True, "integer": 1, "long": 1, "float": 1.0, "double": 1.0}[kind]


def element(name, shape, value):
    """The element of a value, members in the order of the model."""
    node = ElementTree.Element(name)
    if shape.type_name == "structure":
        for member, inner in shape.members.items():
            if member in value:
                own = inner.serialization.get("name", member)
                node.append(element(own, inner, value[member]))
    elif shape.type_name == "list":
        own = shape.member.serialization.get("name", "member")
        node.extend(element(own, shape.member, one) for one in value)
    elif shape.type_name == "boolean":
        node.text = str(value).lower()
    elif shape.type_name == "timestamp":
        node.text = value.strftime("%Y-%m-%dT%H:%M:%SZ")
    else:
        node.text = str(value)
    return node


def values(shape, node):
    """The value of an element of a request; what the model does not know is an error.

    The members come out in the order of the model, whatever theirs was.
    """
    if shape.type_name == "structure":
        names = {
            inner.serialization.get("name", member): member
            for member, inner in shape.members.items()
        }
        found = {}
        for child in node:
            tag = child.tag.removeprefix(f"{{{NAMESPACE}}}")
            member = names[tag]
            assert member not in found, f"{member} is there twice"
            found[member] = values(shape.members[member], child)
        return {member: found[member] for member in shape.members if member in found}
    if shape.type_name == "list":
        own = shape.member.serialization.get("name", "member")
        assert {child.tag for child in node} <= {f"{{{NAMESPACE}}}{own}"}
        return [values(shape.member, child) for child in node]
    text = node.text or ""
    if shape.type_name in ("integer", "long"):
        return int(text)
    return text == "true" if shape.type_name == "boolean" else text
