"""Chat templates are programs from outside: what they can do in time, memory and reach, and that honest ones come out the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from edge_repair.adapters import identify
from edge_repair.errors import ModelError
from edge_repair.patient.template import ChatTemplate

ROOT = Path(__file__).resolve().parents[2]
MANY = "{% for i in range(60) %}"
HOSTILE = {
    "loops in loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "a text repeated": "{{ 'a' * 10**10 }}",
    "repeated twice": "{% set x = 'a' * 100000 %}{% set y = x * 100000 %}{{ y|length }}",
    "doubled": "{% set n = namespace(x='aaaaaaaa') %}" + MANY + "{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x|length }}",
    "doubled by +": "{% set n = namespace(x='aaaaaaaa') %}" + MANY + "{% set n.x = n.x + n.x %}{% endfor %}{{ n.x|length }}",
    "doubled in a block": "{% set n = namespace(x='aaaaaaaa') %}" + MANY + "{% set n.x %}{{ n.x }}{{ n.x }}{% endset %}{% endfor %}{{ n.x|length }}",
    "lists in lists": "{% set n = namespace(x=['a']) %}" + MANY + "{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
    "lists compared": "{% set n = namespace(x=['a'], y=['a']) %}" + MANY + "{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
    "dictionaries": "{% set n = namespace(x={'a': 1}) %}" + MANY + "{% set n.x = dict(a=n.x, b=n.x) %}{% endfor %}{{ n.x }}",
    "namespaces": "{% set n = namespace(x='a') %}" + MANY + "{% set n.x = namespace(a=n.x, b=n.x) %}{% endfor %}{{ n.x }}",
    "a circle": "{% set n = namespace() %}{% set n.a = n %}{{ n }}",
    "a power": "{{ 9 ** 99999999 }}",
    "a wide format": "{{ '%1000000000d' % 1 }}",
    "a wide format method": "{{ '{:>1000000000}'.format(1) }}",
    "a width from elsewhere": "{{ '{:>{w}}'.format(1, w=1000000000) }}",
    "centred": "{{ 'a'|center(1000000000) }}",
    "justified": "{{ 'a'.ljust(1000000000) }}",
    "tabs": "{{ '\t'.expandtabs(1000000000) }}",
    "replaced": "{% set x = 'a' * 1000000 %}{{ x.replace('a', x)|length }}",
    "replaced by a filter": "{% set x = 'a' * 1000000 %}{{ x|replace('a', x)|length }}",
    "translated": "{{ 'aaaa'.translate({97: 'b' * 1000000})|length }}",
    "joined": "{% set x = 'a' * 1000000 %}{{ ([x] * 100000)|join|length }}",
    "joined by much": "{% set x = 'a' * 1000000 %}{{ range(100000)|join(x)|length }}",
    "joined by a method": "{% set x = 'a' * 1000000 %}{{ x.join(['a'] * 100000)|length }}",
    "indented": "{{ 'a\nb'|indent(1000000000) }}",
    "indented JSON": "{{ {'a': [1]}|tojson(indent=1000000000) }}",
    "mapped": "{{ ['a\nb']|map('indent', 1000000000)|list }}",
    "recursion": "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    "recursion in two": "{% macro f(n) %}{% if n > 0 %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "a recursive loop": "{% for x in [1] recursive %}{{ loop([1, 2]) }}{% endfor %}",
    "much plain text": "{% for a in range(99999) %}" + "x" * 100_000 + "{% endfor %}",
    "much plain text of a macro": "{% macro f() %}" + "x" * 100_000 + "{% endmacro %}{% for a in range(99999) %}{{ f() }}{% endfor %}",
    "long searches": "{% set x = 'a' * 8000000 %}{% for a in range(99999) %}{% if 'b' in x %}{% endif %}{% endfor %}",
    "deep parentheses": "{{ " + "(" * 200 + "1" + ")" * 200 + " }}",
    "deep blocks": "{% if 1 %}" * 300 + "{% endif %}" * 300,
    "very long": "a" * (1 << 20),
    "a class": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "a module": "{{ cycler.__init__.__globals__.os.system('exit 1') }}",
    "a file": "{% include '/etc/passwd' %}",
    "the conversation changed": "{{ messages.append('x') }}",
    "an error with lines and control characters": "{{ raise_exception('a\nb\x1b[31m' * 100) }}",
}
CHILD = """
import json, resource, sys
from edge_repair.errors import ModelError
from edge_repair.patient.template import ChatTemplate
told = {}
itself = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name, source in json.load(sys.stdin).items():
    before = resource.getrusage(resource.RUSAGE_SELF)
    try:
        said = "rendered " + ChatTemplate(source, "", "").render([{"role": "user", "content": "hi"}])[:99]
    except ModelError as problem:
        said = "refused " + str(problem)
    after = resource.getrusage(resource.RUSAGE_SELF)
    told[name] = [said, after.ru_utime - before.ru_utime, (after.ru_maxrss - itself) >> 10]
print(json.dumps(told))
"""


def test_what_a_template_can_do_is_bounded():
    """In a process of its own: each is refused in one line, in seconds and within 256 MiB more than the program itself."""
    ran = subprocess.run([sys.executable, "-c", CHILD], input=json.dumps(HOSTILE), capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert ran.returncode == 0, ran.stderr[-2000:]
    told = json.loads(ran.stdout)
    for name, (said, seconds, megabytes) in told.items():
        assert said.startswith("refused") and said.isprintable() and len(said) < 350, (name, said)
        assert seconds < 8 and megabytes < 256, (name, seconds, megabytes)
    assert len(told) == len(HOSTILE) >= 40


HONEST = [
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('turns') }}{% endif %}{{ '[INST] ' ~ m.content | trim ~ ' [/INST]' if m.role == 'user' else ' ' ~ m.content ~ eos_token }}{% endfor %}",
    "{% set ns = namespace(last=-1, found=false) %}{% for m in messages %}{% if m.role == 'user' %}{% set ns.last = loop.index0 %}{% endif %}{% endfor %}"
    "{% for m in messages[::-1] %}{{ loop.index }}/{{ loop.length }}{{ loop.last }}:{{ m.content.split('</think>')[-1].lstrip('\n') | upper | replace('A', 'bb') }};{% endfor %}{{ ns.last }}",
    "{% macro turn(role, text) %}<{{ role }}>{{ text | indent(2) }}</{{ role }}>{% endmacro %}{% for m in messages if m.role != 'system' %}{{ turn(m.role, m.content) }}{{ m | tojson }}{% if loop.first %}{% continue %}{% endif %}{{ (messages | length, loop.index) }}{% endfor %}",
    "{%- for k, v in {'a': 1, 'b': [2, 3]}.items() %}{{ '%s=%d' % (k, 3) }}{{ '{:>5}|'.format(k) }}{{ v }}{% endfor %}{{ messages | map(attribute='role') | join(', ') }}{{ 7 // 2 ** 2 - 1 }}{{ range(5) | list }}{{ 'a' * 3 }}",
]


@pytest.mark.parametrize("source", HONEST)
def test_an_honest_template_comes_out_as_from_plain_jinja(source):
    _same(source)


def test_the_templates_of_real_models_too(patient_file, request):
    _same(identify(patient_file).chat_template)
    _same(identify(request.getfixturevalue("real_model")).chat_template)


def _same(source: str) -> None:
    plain = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    ours = ChatTemplate(source, "<s>", "</s>")
    for count in (1, 3, 201):
        messages = [{"role": ("user", "assistant")[i % 2], "content": f"line {i}\n  and a second one,   "} for i in range(count)]

        def complain(message: str) -> None:
            raise AssertionError(message)

        constants = {"bos_token": "<s>", "eos_token": "</s>", "tools": None, "enable_thinking": False, "raise_exception": complain}
        expected = plain.from_string(source).render(messages=messages, add_generation_prompt=True, **constants)
        assert ours.render(messages) == expected and expected


def test_a_model_with_a_hostile_template_is_refused_before_it_is_used(patient_file, tmp_path):
    """The whole way: the shipped patient with another template in its header."""
    from edge_repair.patient import Patient

    data = patient_file.read_bytes()
    honest = identify(patient_file).chat_template.encode()
    for number, source in enumerate((HOSTILE["doubled"], HOSTILE["loops in loops"])):
        assert len(source) < len(honest) and data.count(honest) == 1
        path = tmp_path / f"{number}.gguf"
        path.write_bytes(data.replace(honest, source.encode().ljust(len(honest))))
        with pytest.raises(ModelError, match="chat template") as refusal:
            Patient.open(path)
        assert "\n" not in str(refusal.value)


def test_a_template_that_was_stopped_can_be_used_again():
    """A template that was stopped once can be used again, and tracing is as it was before."""
    source = "{% if messages[0].content == 'long' %}{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}{% endif %}{{ messages[0].content }}"
    template, before = ChatTemplate(source, "", ""), sys.gettrace()
    with pytest.raises(ModelError):
        template.render([{"role": "user", "content": "long"}])
    assert template.render([{"role": "user", "content": "short"}]) == "short" and sys.gettrace() is before
