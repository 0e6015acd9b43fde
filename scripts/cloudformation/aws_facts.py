"""What AWS's own descriptions say beyond the resource schemas of @aws-cdk/aws-service-spec, from Python's cfn-lint (MIT-0), which carries
them: the ranges, patterns and combinations of each resource type of the templates given, and the actions of each service of IAM with the
kinds of resources they apply to. Run where cfn-lint is installed:

    python3 scripts/cloudformation/aws_facts.py tests/deploy/checks/facts TEMPLATE.json...
"""
import json
import os
import re
import sys

import cfnlint
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

REGION = "eu-west-1"
VALUES = ["enum", "const", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"]
OBJECTS = ["required", "requiredXor", "requiredOr", "dependentRequired", "dependentExcluded", "uniqueKeys"]
# What a template may come to need.
SERVICES = ["cloudformation", "cloudwatch", "dynamodb", "events", "iam", "kms", "lambda", "scheduler", "sns", "sqs", "ssm", "sts"]
TYPES = [
    "CloudWatch::CompositeAlarm", "EC2::SecurityGroupEgress", "Events::Rule", "IAM::RolePolicy", "KMS::Alias", "KMS::Key", "Lambda::EventInvokeConfig",
    "Lambda::EventSourceMapping", "Lambda::Permission", "Logs::MetricFilter", "Logs::ResourcePolicy", "Logs::SubscriptionFilter", "Scheduler::ScheduleGroup", "SSM::Parameter",
]
DATA = os.path.join(os.path.dirname(cfnlint.__file__), "data")


def only(schema, defined, within=()):
    """The constraints of a schema with its references followed; None where it has none."""
    if not isinstance(schema, dict):
        return {"never": True} if schema is False else None
    if "$ref" in schema:
        name = schema["$ref"].split("/")[-1]
        return None if name in within else only(defined.get(name), defined, (*within, name))
    kept = {key: schema[key] for key in [*VALUES, *OBJECTS] if key in schema}
    if "pattern" in kept:
        kept["pattern"] = kept["pattern"].replace("\\Z", "$")
    if "dependencies" in schema:
        kept["dependentRequired"] = schema["dependencies"]
    if schema.get("uniqueItems"):
        kept["uniqueItems"] = True
    properties = {name: only(one, defined, within) for name, one in schema.get("properties", {}).items()}
    properties = {name: one for name, one in properties.items() if one}
    if properties:
        kept["properties"] = properties
    for key, word in [("patternProperties", "names"), ("items", "items"), ("if", "if"), ("then", "then")]:
        if key == "patternProperties" and schema.get(key) and schema.get("additionalProperties") is False:
            kept[word] = list(schema[key])
        elif key != "patternProperties" and (inner := only(schema.get(key), defined, within)):
            kept[word] = inner
    every = [inner for one in schema.get("allOf", []) if (inner := only(one, defined, within))]
    if every:
        kept["allOf"] = every
    return kept or None


def extensions(resource_type):
    """Combinations of properties that cfn-lint found AWS to refuse."""
    folder = os.path.join(DATA, "schemas", "extensions", resource_type.lower().replace("::", "_"))
    names = sorted(name for name in os.listdir(folder) if name.endswith(".json")) if os.path.isdir(folder) else []
    schemas = [json.load(open(os.path.join(folder, name))) for name in names]
    return [schema for schema in schemas if supported(schema) and "pattern" not in schema]


def supported(schema):
    """Whether nothing in it is beyond what `only` keeps."""
    if isinstance(schema, list):
        return all(map(supported, schema))
    if not isinstance(schema, dict):
        return True
    keys = {*VALUES, *OBJECTS, "type", "description", "properties", "items", "if", "then", "allOf", "uniqueItems"}
    return set(schema) <= keys and all(
        all(map(supported, value.values())) if key == "properties" else key in [*VALUES, *OBJECTS] or supported(value) for key, value in schema.items()
    )


def constraints(resource_type):
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, resource_type).schema
    whole = {**schema, "allOf": [*schema.get("allOf", []), *extensions(resource_type)]}
    return only(whole, schema.get("definitions", {})) or {}


def actions(policies):
    """Of one service: by action, in small letters, the kinds of resources it applies to (none: `*` only), and their ARNs."""
    arns = {name.lower(): [re.sub(r"\$\{\w+\}|\.\*", "*", text) for text in one["ARNFormats"]] for name, one in policies["Resources"].items()}
    kinds = {action: [kind.lower() for kind in one.get("Resources", [])] for action, one in policies["Actions"].items()}
    used = {kind for names in kinds.values() for kind in names}
    return {"actions": kinds, "arns": {name: texts for name, texts in arns.items() if name in used}}


def main(folder, templates):
    texts = [open(name).read() for name in templates]
    used = {one["Type"] for text in texts for one in json.loads(text)["Resources"].values() if one["Type"].startswith("AWS::")}
    types = sorted({*used, *(f"AWS::{name}" for name in TYPES)})
    policies = json.load(open(os.path.join(DATA, "AdditionalSpecs", "Policies.json")))
    services = sorted(name for name in {*re.findall(r'"([a-z][a-z0-9-]+):\w+\*?"', "".join(texts)), *SERVICES} if name in policies)
    os.makedirs(folder, exist_ok=True)
    write(os.path.join(folder, "constraints.json"), {name: constraints(name) for name in types})
    write(os.path.join(folder, "actions.json"), {name: actions(policies[name]) if name in services else {} for name in sorted(policies)})


def write(file, facts):
    """One line for each type or service, so that a change can be read; of a service that is not used the name alone."""
    lines = [f"{json.dumps(name)}: {json.dumps(one, separators=(',', ':'), sort_keys=True)}" for name, one in facts.items()]
    with open(file, "w") as stream:
        stream.write("{\n" + ",\n".join(lines) + "\n}\n")


main(sys.argv[1], sys.argv[2:])
