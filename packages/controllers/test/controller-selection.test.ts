import test from "ava";
import { CONTROLLER_NAMES, selectControllers } from "../src/controller-selection.ts";

test("a star selects all, a minus takes one away, and the first word for a name counts", (t) => {
  t.deepEqual([...selectControllers(["*"])], [...CONTROLLER_NAMES]);
  t.false(selectControllers(["*", "-namespace-controller"]).has("namespace-controller"));
  t.true(selectControllers(["*", "-namespace-controller"]).has("garbage-collector-controller"));
  t.deepEqual([...selectControllers(["namespace-controller"])], ["namespace-controller"]);
  t.deepEqual([...selectControllers(["-namespace-controller", "namespace-controller"])], []);
});

test("a name that no controller has is refused with the names that there are", (t) => {
  const error = t.throws(() => selectControllers(["*", "-nobody"]), {
    message: /"nobody".*namespace-controller/,
  });
  t.is((error as { code?: string }).code, "BAD_FLAGS");
});
