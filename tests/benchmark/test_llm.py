"""What a person may ask of a model, and what a file that asks for something else is told."""

from pathlib import Path

import pytest

from benchmark.errors import SpecError
from benchmark.llm import ModelSpec
from benchmark.yaml_files import parse_yaml, validate_spec


def read(text: str) -> ModelSpec:
    return validate_spec(parse_yaml(text, Path("m.yaml")), ModelSpec, Path("m.yaml"), text)


def test_everything_that_can_be_asked_is_read() -> None:
    model = read(
        "name: openai/gpt-5\nlabel: deep\nreasoning_effort: high\ntemperature: 0.5\nmax_output_tokens: 9000\n"
        "context_tokens: 100000\nparameters: {seed: 3, extra_body: {top_k: 4}}\n"
        "price: {input: 1.25, cached_input: 0.125, output: 10}\n"
    )
    assert (model.effort, model.temperature, model.max_output_tokens) == ("high", 0.5, 9000)
    assert dict(model.options) == {
        "context_tokens": "100000",
        "max_output_tokens": "9000",
        "parameters": '{"extra_body": {"top_k": 4}, "seed": 3}',
        "temperature": "0.5",
    }
    assert ModelSpec.model_validate_json(model.model_dump_json()) == model
    assert len({model, ModelSpec.model_validate_json(model.model_dump_json())}) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("effort: hihg", r"line 2: key 'effort': Input should be 'none', .*\(got 'hihg'\); did you mean 'high'\?"),
        ("effort: 3", r"line 2: key 'effort': Input should be 'none'"),
        ("reasoning_effort: low\neffort: low", r"effort and reasoning_effort mean the same; give one of them"),
        ("temperature: warm", r"line 2: key 'temperature': .*valid number.*\(got 'warm'\)"),
        ("temperature: 2.5", r"line 2: key 'temperature': .*less than or equal to 2 \(got 2\.5\)"),
        ("temperature: .nan", r"line 2: key 'temperature'"),
        ("max_output_tokens: 0", r"line 2: key 'max_output_tokens': .*greater than or equal to 1 \(got 0\)"),
        ("max_output_tokens: 1.5", r"line 2: key 'max_output_tokens'"),
        ("context_tokens: 10", r"line 2: key 'context_tokens': .*greater than or equal to 1000"),
        ("max_token: 5", r"line 2: key 'max_token' is not known here; did you mean 'max_output_tokens'\?"),
        ("label: two words", r"line 2: key 'label': .*pattern"),
        ("label: a@b", r"line 2: key 'label'"),
        ("parameters: [1]", r"line 2: key 'parameters': .*mapping"),
        ("label: x\nparameters: {max_tokens: 5}", r"line 3: key 'parameters': 'max_tokens' has a key of its own"),
        ("label: x\nparameters: {stream: true}", r"line 3: key 'parameters': 'stream' is set by Lockgate"),
        ("label: x\nparameters: {day: 2020-01-01}", r"line 3: key 'parameters\.day"),
        ("parameters: {seed: 1}", r"model openai/x has parameters, and needs a label"),
        ("price: 3", r"line 2: key 'price'"),
        ("price: {input: 1}", r"line 2: key 'price\.output' is missing"),
        ("price: {input: -1, output: 1}", r"line 2: key 'price\.input': .*greater than or equal to 0 \(got -1\)"),
        ("price: {input: 1, output: 1, outptu: 2}", r"line 2: key 'price\.outptu' is not known .*mean 'output'"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_one_message_with_key_and_what_is_allowed(line: str, said: str) -> None:
    with pytest.raises(SpecError, match=said) as caught:
        read(f"name: openai/x\n{line}\n")
    assert len(str(caught.value).splitlines()) == 1
