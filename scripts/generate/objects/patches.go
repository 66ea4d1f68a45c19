package main

const (
	two   = `{"a":{"b":1,"c":[1,2,3]},"d":null,"e/f":"g","h~i":true}`
	three = `{"list":[{"n":"a"},{"n":"b"}]}`
)

// A document and a JSON patch each.
var jsonPatches = [][2]string{
	{two, `[]`},
	{two, `[{"op":"add","path":"/x","value":1}]`},
	{two, `[{"op":"add","path":"/a/c/1","value":9}]`},
	{two, `[{"op":"add","path":"/a/c/-","value":9}]`},
	{two, `[{"op":"add","path":"/a/c/3","value":9}]`},
	{two, `[{"op":"add","path":"/a/c/4","value":9}]`},
	{two, `[{"op":"add","path":"/a/c/-1","value":9}]`},
	{two, `[{"op":"add","path":"/a/x/y","value":1}]`},
	{two, `[{"op":"add","path":"/a","value":{}}]`},
	{two, `[{"op":"remove","path":"/a/b"}]`},
	{two, `[{"op":"remove","path":"/a/c/0"}]`},
	{two, `[{"op":"remove","path":"/a/c/-1"}]`},
	{two, `[{"op":"remove","path":"/a/c/7"}]`},
	{two, `[{"op":"remove","path":"/x"}]`},
	{two, `[{"op":"replace","path":"/a/b","value":"z"}]`},
	{two, `[{"op":"replace","path":"/a/c/2","value":"z"}]`},
	{two, `[{"op":"replace","path":"/e~1f","value":"z"}]`},
	{two, `[{"op":"replace","path":"/h~0i","value":null}]`},
	{two, `[{"op":"move","from":"/a/b","path":"/m"}]`},
	{two, `[{"op":"move","from":"/a/c/0","path":"/a/c/2"}]`},
	{two, `[{"op":"move","from":"/x","path":"/m"}]`},
	{two, `[{"op":"copy","from":"/a/c","path":"/m"}]`},
	{two, `[{"op":"copy","from":"/x","path":"/m"}]`},
	{two, `[{"op":"test","path":"/a/b","value":1}]`},
	{two, `[{"op":"test","path":"/a/b","value":2}]`},
	{two, `[{"op":"test","path":"/a/c","value":[1,2,3]}]`},
	{two, `[{"op":"test","path":"/d","value":null}]`},
	{two, `[{"op":"test","path":"/x","value":null}]`},
	{two, `[{"op":"test","path":"/x","value":1}]`},
	{two, `[{"op":"add","path":"/x","value":{"y":[]}},{"op":"add","path":"/x/y/-","value":1},{"op":"remove","path":"/a"}]`},
	{three, `[{"op":"test","path":"/list/0/n","value":"a"},{"op":"replace","path":"/list/0/n","value":"z"}]`},
	{three, `[{"op":"add","path":"/list/-","value":{"n":"c"}},{"op":"move","from":"/list/2","path":"/list/0"}]`},
	{two, `[{"op":"frob","path":"/a"}]`},
}

// A document and a merge patch each.
var mergePatches = [][2]string{
	{two, `{}`},
	{two, `{"a":null}`},
	{two, `{"a":{"b":null}}`},
	{two, `{"a":{"b":{"x":{"y":null,"z":1}}}}`},
	{two, `{"a":{"c":[9]}}`},
	{two, `{"new":{"x":null,"y":{"z":null}}}`},
	{two, `{"e/f":{"x":1}}`},
	{two, `{"a":"b"}`},
	{two, `{"new":[null,{"x":null}]}`},
}

const pod = `{"metadata":{"name":"p","labels":{"a":"1","b":"2"},"finalizers":["x","y"],"ownerReferences":[{"uid":"1","name":"a"}]},` +
	`"spec":{"containers":[{"name":"one","image":"i1","env":[{"name":"A","value":"1"},{"name":"B","value":"2"}],` +
	`"ports":[{"containerPort":80,"protocol":"TCP"}],"command":["a","b"]},{"name":"two","image":"i2"},{"name":"three","image":"i3"}],` +
	`"volumes":[{"name":"v","emptyDir":{}}],"tolerations":[{"key":"k","operator":"Exists"}],"nodeSelector":{"n":"1"}}}`

// A Pod and a strategic merge patch each.
var strategicPatches = [][2]string{
	{pod, `{}`},
	{pod, `{"metadata":{"labels":{"a":null,"c":"3"}}}`},
	{pod, `{"metadata":{"labels":{"$patch":"replace","c":"3"}}}`},
	{pod, `{"metadata":{"labels":{"$patch":"delete"}}}`},
	{pod, `{"spec":{"containers":[{"name":"two","image":"new"}]}}`},
	{pod, `{"spec":{"containers":[{"name":"four","image":"i4"}]}}`},
	{pod, `{"spec":{"containers":[{"name":"one","$patch":"delete"}]}}`},
	{pod, `{"spec":{"containers":[{"$patch":"replace"},{"name":"only","image":"i"}]}}`},
	{pod, `{"spec":{"containers":[{"name":"one","env":[{"name":"A","value":"9"},{"name":"C","value":"3"}]}]}}`},
	{pod, `{"spec":{"containers":[{"name":"one","env":[{"name":"A","$patch":"delete"}]}]}}`},
	{pod, `{"spec":{"containers":[{"name":"one","env":null}]}}`},
	{pod, `{"spec":{"containers":[{"name":"one","ports":[{"containerPort":80,"name":"web"},{"containerPort":81}]}]}}`},
	{pod, `{"spec":{"containers":[{"name":"one","command":["z"]}]}}`},
	{pod, `{"spec":{"containers":[{"image":"nameless"}]}}`},
	{pod, `{"spec":{"$setElementOrder/containers":[{"name":"three"},{"name":"one"},{"name":"two"}]}}`},
	{pod, `{"spec":{"$setElementOrder/containers":[{"name":"two"},{"name":"new"}],"containers":[{"name":"new","image":"n"}]}}`},
	{pod, `{"spec":{"$setElementOrder/containers":[{"name":"two"},{"name":"one"}],"containers":[{"name":"one","image":"x"},{"name":"two","image":"y"}]}}`},
	{pod, `{"spec":{"tolerations":[{"key":"z","operator":"Exists"}]}}`},
	{pod, `{"spec":{"nodeSelector":{"m":"2"}}}`},
	{pod, `{"spec":{"nodeSelector":null}}`},
	{pod, `{"spec":{"volumes":[{"name":"v","$retainKeys":["name","hostPath"],"hostPath":{"path":"/x"}}]}}`},
	{pod, `{"spec":{"volumes":[{"name":"v","hostPath":{"path":"/x"}}]}}`},
	{pod, `{"spec":{"volumes":[{"name":"v","$retainKeys":["name"],"hostPath":{"path":"/x"}}]}}`},
	{pod, `{"metadata":{"finalizers":["z"]}}`},
	{pod, `{"metadata":{"finalizers":["y","z"],"$setElementOrder/finalizers":["z","y"]}}`},
	{pod, `{"metadata":{"$deleteFromPrimitiveList/finalizers":["x"]}}`},
	{pod, `{"metadata":{"$deleteFromPrimitiveList/finalizers":["x"],"$setElementOrder/finalizers":["y"]}}`},
	{pod, `{"metadata":{"ownerReferences":[{"uid":"2","name":"b"}]}}`},
	{pod, `{"metadata":{"ownerReferences":[{"uid":"1","$patch":"delete"}]}}`},
	{pod, `{"spec":{"$patch":"replace","nodeName":"n"}}`},
	{pod, `{"spec":{"$patch":"frob"}}`},
	{pod, `{"spec":{"initContainers":[{"name":"i","image":"x","env":[{"name":"A","value":null}]}]}}`},
	{pod, `{"spec":{"initContainers":[{"name":"i","$patch":"delete"}]}}`},
	{pod, `{"spec":null}`},
	{`{}`, `{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"x"}]}}`},
	{`{}`, `{"metadata":{"$deleteFromPrimitiveList/finalizers":["x"]}}`},
}
