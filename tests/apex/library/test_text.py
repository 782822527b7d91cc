"""``System.String``: the results and the errors of a real org (Apex Reference Guide, String Class)."""

from __future__ import annotations

import pytest

from tests.apex.library.table import raised, values

EXPRESSIONS = [
    ("'Salesforce'.length()", 10),
    ("'a\\uD83D\\uDE00b'.length()", 4),
    ("'a\\uD83D\\uDE00b'.indexOf('b')", 3),
    ("'a\\uD83D\\uDE00b'.substring(3)", "b"),
    ("'a\\uD83D\\uDE00b'.codePointAt(1)", 0x1F600),
    ("'a\\uD83D\\uDE00b'.codePointCount(0, 4)", 3),
    ("'hello'.hashCode()", 99162322),
    ("'b'.compareTo('a')", 1),
    ("'abc'.compareTo('abcd')", -1),
    ("'aBc'.equalsIgnoreCase('AbC')", True),
    ("'x'.equals(null)", False),
    ("'Hello'.contains('ell')", True),
    ("'Hello'.containsIgnoreCase('ELL')", True),
    ("'hello'.containsAny('hx')", True),
    ("'abcde'.containsNone('fg')", True),
    ("'abba'.containsOnly('abcd')", True),
    ("'a b'.containsWhitespace()", True),
    ("'Hello Hello'.countMatches('Hello')", 2),
    ("'abcde'.indexOfAny('ec')", 2),
    ("'aab'.indexOfAnyBut('a')", 2),
    ("'abcde'.indexOf('d', -5)", 3),
    ("'abc'.indexOf('', 99)", 3),
    ("'abcabc'.lastIndexOf('b', 3)", 1),
    ("'abcde'.indexOfDifference('abxyz')", 2),
    ("'abcde'.difference('abxyz')", "xyz"),
    ("String.getCommonPrefix(new List<String>{'SFDCApex', 'SFDCVisualforce'})", "SFDC"),
    ("'abcdef'.left(3) + 'abcdef'.right(2) + 'abcdef'.mid(1, 2)", "abcefbc"),
    ("'a.b.c'.substringBefore('.') + 'a.b.c'.substringAfterLast('.')", "ac"),
    ("'a.b.c'.substringBeforeLast('.') + 'a.b.c'.substringAfter('.')", "a.bb.c"),
    ("'<b>x</b>'.substringBetween('<b>', '</b>')", "x"),
    ("'abc'.substringBetween('x')", None),
    ("'kitten'.getLevenshteinDistance('sitting')", 3),
    ("'kitten'.getLevenshteinDistance('sitting', 2)", -1),
    ("' \\t'.isWhitespace()", True),
    ("'123'.isNumeric() && !'1.2'.isNumeric()", True),
    ("String.isBlank(' ') && String.isBlank(null) && !String.isEmpty(' ')", True),
    ("'  a  b '.normalizeSpace() + '|' + '  a  b '.deleteWhitespace() + '|' + ' a '.trim()", "a b|ab|a"),
    ("'ab'.leftPad(4) + 'ab'.rightPad(5, 'xy') + 'ab'.leftPad(3, '')", "  ababxyx ab"),
    ("'hello'.center(9) + '|' + 'hello'.center(9, '-')", "  hello  |--hello--"),
    ("'ab'.repeat(3) + 'x'.repeat('-', 3)", "abababx-x-x"),
    ("'abc'.reverse() + 'Abc'.swapCase() + 'abc'.capitalize() + 'Abc'.uncapitalize()", "cbaaBCAbcabc"),
    ("'Hello Maximillian'.abbreviate(8)", "Hello..."),
    ("'Hello Maximillian'.abbreviate(8, 7)", "...ax..."),
    ("'hello'.overlay('XY', 1, 3)", "hXYlo"),
    ("'abc'.replace('', '-')", "-a-b-c-"),
    ("'Salesforce and force'.removeEnd('force').removeStartIgnoreCase('SALES')", "force and "),
    ("'Lightning.platform5Go'.splitByCharacterTypeCamelCase()", "(Lightning, ., platform, 5, Go)"),
    ("'Lightning.platform5Go'.splitByCharacterType()", "(L, ightning, ., platform, 5, G, o)"),
    ("String.fromCharArray('Abc'.getChars())", "Abc"),
    ("String.join(new List<Object>{1, 'b', null}, '-')", "1-b-"),
    ("'boo:and:moo'.split('o', 2)", "(b, o:and:moo)"),
    ("'boo:and:moo'.split('o', 5)", "(b, , :and:m, , )"),
    ("'boo:and:moo'.split('o')", "(b, , :and:m)"),
    ("'boo:and:moo'.split('o', -2).size()", 5),
    ("'a1b22'.replaceAll('[0-9]+', '<$0>')", "a<1>b<22>"),
    ("'John Smith'.replaceFirst('(\\\\w+) (\\\\w+)', '$2 $1')", "Smith John"),
    ("String.escapeSingleQuotes('O\\'Brien \\\\ x')", "O\\'Brien \\\\ x"),
    ("'<a href=\"x\">&é</a>'.escapeHtml4()", "&lt;a href=&quot;x&quot;&gt;&amp;&eacute;&lt;/a&gt;"),
    ("'&lt;&#65;&#x42;&eacute;'.unescapeHtml4()", "<ABé"),
    ("'a\\'<\"&'.escapeXml()", "a&apos;&lt;&quot;&amp;"),
    ("'a,\"b\"'.escapeCsv()", '"a,""b"""'),
    ('\'"a,""b"\'.unescapeCsv()', 'a,"b'),
    ("'tab\\té'.escapeJava()", "tab\\t\\u00E9"),
    ("'it\\'s </x>'.escapeEcmaScript()", "it\\'s <\\/x>"),
    ("'a\\\\nb\\\\u00e9'.unescapeJava()", "a\nbé"),
    ("String.format('{0} of {1} {who} it\\'\\'s {2}', new List<Object>{1, 'x'})", "1 of x {who} it's {2}"),
    ("String.format('\\'{0}\\' {0}', new List<Object>{'x'})", "{0} x"),
    ("String.format('{0,number}', new List<Object>{1234567})", "1,234,567"),
    ("'<p>Hi<br/>there</p>'.stripHtmlTags()", "Hithere"),
    ("String.valueOf(1.50) + String.valueOf(5.0d) + String.valueOf(true)", "1.505.0true"),
]

ERRORS = [
    ("'abc'.substring(4)", "System.StringException", "Starting position out of bounds: 4"),
    ("'abc'.substring(1, 9)", "System.StringException", "Ending position out of bounds: 9"),
    ("'abcdefgh'.abbreviate(3)", "System.StringException", "Minimum abbreviation width is 4"),
    ("'a'.getLevenshteinDistance('b', -1)", "System.StringException", "Threshold must not be negative"),
    ("'a'.replaceAll('(', 'x')", "System.StringException", "Invalid regex: Unclosed group near index 1\n("),
    ("'a'.replaceAll('a', '$2')", "System.StringException", "Index out of Bounds: No group 2"),
    ("'a'.offsetByCodePoints(0, 5)", "System.StringException", "Code point offset out of bounds: 5"),
    ("'a'.offsetByCodePoints(7, 0)", "System.StringException", "Specified index is invalid."),
    ("'a'.contains(null)", "System.NullPointerException", "Argument cannot be null."),
    ("String.format('{0,number}', new List<Object>{'x'})", "System.StringException", "Cannot format given Object as a Number"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS)
def test_results(expression: str, expected: object) -> None:
    assert values(expression) == expected


@pytest.mark.parametrize(("expression", "type_name", "message"), ERRORS)
def test_errors(expression: str, type_name: str, message: str) -> None:
    assert raised(expression) == (type_name, message)


def test_a_text_that_grows_too_long_ends_the_transaction() -> None:
    assert raised("'abcdef'.repeat(1000001)") == ("System.LimitException", "String is too long.")
