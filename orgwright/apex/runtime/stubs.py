"""``Test.createStub``: an object of a user class whose methods ask a ``StubProvider``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from orgwright.apex.code.units import ClassCode, MethodCode
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import TypeException
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import ApexObject

if TYPE_CHECKING:
    from orgwright.apex.runtime.execution import Execution
    from orgwright.apex.runtime.image import Image


def make_stub(execution: Execution, rtype: RType, provider: Any) -> Any:
    """An instance of the class or interface; every method that is not static, private or final goes to the provider."""
    image = execution.image
    base = rtype.python
    if base is None or not issubclass(base, ApexObject):
        raise TypeException("Test.createStub() can only be invoked on user defined types.")
    space: dict[str, Any] = {"apex_stub": True}
    for method in _methods(image, base):
        if not method.static and method.visibility != "private":
            space.setdefault(method.attribute, _asking(image, method, provider))
    code: ClassCode = base.apex_code  # type: ignore[attr-defined]
    if code.kind == "interface":  # a class brings its own comparison
        image.compare_by(space)
    cls: Any = type(base.__name__, (base,), space)
    return cls.__new__(cls)


def _methods(image: Image, base: Any) -> list[MethodCode]:
    """The methods of a class, its parents and its interfaces, the nearest first."""
    by_name = {code.name: code for code in image.codes.values()}
    found: list[MethodCode] = []
    for name in (base.apex_type, *base.apex_supers):
        code = by_name.get(name)
        if code is not None:
            found.extend(code.methods)
    return found


def _asking(image: Image, method: MethodCode, provider: Any) -> Callable[..., Any]:
    returns = image.rtype(method.returns)
    type_list = types.list_of(types.OBJECT)
    parameter_types = [image.type_value(image.rtype(p)) for p in method.parameters]
    names = types.list_of(types.STRING)

    def ask(self: Any, *arguments: Any) -> Any:
        answer = image.invoke(
            provider,
            "handleMethodCall",
            self,
            method.name,
            image.type_value(returns),
            List(type_list, list(parameter_types)),
            List(names, list(method.parameter_names)),
            List(type_list, list(arguments)),
        )
        if answer is not None and returns.kind != "void" and not returns.accepts(answer):
            wanted = "List<ANY>" if returns.kind == "list" and returns.args[0].kind == "object" else returns.name
            raise TypeException(f"Invalid conversion from runtime type {types.name_of(answer)} to {wanted}")
        return None if returns.kind == "void" else answer

    return ask
