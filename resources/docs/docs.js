// Shows /openapi.json and lets the reader try it. Speaks to the server it came from and to no other.
// Everything from the document goes in as text, never as markup.
"use strict";

const METHODS = ["get", "post", "patch", "put", "delete"];

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") node.className = value;
    else if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

// `code` in the texts is the only mark they know.
function prose(text) {
  return (text || "").split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));
}

function follow(doc, node) {
  if (!node || !node.$ref) return node;
  return node.$ref.slice(2).split("/").reduce((found, step) => found[step], doc);
}

function kindOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(kindOf).join(" or ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.type === "array") return schema.items ? `array of ${kindOf(schema.items)}` : "array";
  if (schema.type === "object" && schema.additionalProperties && schema.additionalProperties !== true) {
    return `object of ${kindOf(schema.additionalProperties) || "anything"}`;
  }
  return [schema.type || "anything", schema.format].filter(Boolean).join(", ");
}

function boundsOf(schema) {
  const said = [];
  if (schema.minimum !== undefined) said.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) said.push(`up to ${schema.maximum}`);
  if (schema.minLength) said.push(`${schema.minLength} or more characters`);
  if (schema.maxLength) said.push(`at most ${schema.maxLength} characters`);
  if (schema.minItems !== undefined && schema.minItems === schema.maxItems) said.push(`${schema.minItems} items`);
  return said.join(", ");
}

function fieldTable(schema) {
  const rows = Object.entries(schema.properties || {}).map(([name, field]) => make("tr", {},
    make("td", {}, make("code", {}, name), (schema.required || []).includes(name) ? "" : make("span", { class: "quiet" }, " optional")),
    make("td", {}, typeLinks(field)),
    make("td", {}, [boundsOf(field), field.default === undefined ? "" : `default ${JSON.stringify(field.default)}`].filter(Boolean).join(", "))));
  return make("table", {}, make("tbody", {}, ...rows));
}

function typeLinks(schema) {
  if (schema && schema.type === "array" && schema.items && schema.items.$ref) {
    return make("span", {}, "array of ", typeLinks(schema.items));
  }
  const name = schema && schema.$ref && kindOf(schema);
  return name ? make("a", { href: `#schema-${name}` }, name) : kindOf(schema);
}

function parameterRows(doc, operation, inputs) {
  return (operation.parameters || []).map((raw) => {
    const parameter = follow(doc, raw);
    const input = make("input", { value: parameter.in === "path" ? parameter.example || "" : "", placeholder: parameter.example || "", "aria-label": parameter.name });
    inputs.push([parameter, input]);
    return make("tr", {},
      make("td", {}, make("code", {}, parameter.name), parameter.required ? "" : make("span", { class: "quiet" }, " optional")),
      make("td", {}, ...prose(parameter.description), make("div", { class: "quiet" }, [parameter.in, kindOf(parameter.schema), boundsOf(parameter.schema)].filter(Boolean).join(", "))),
      make("td", {}, input));
  });
}

function exampleOf(example) {
  return make("details", {}, make("summary", { class: "quiet" }, "Example"), make("pre", {}, JSON.stringify(example, null, 2)));
}

function answerRows(doc, operation) {
  return Object.entries(operation.responses).map(([status, raw]) => {
    const answer = follow(doc, raw);
    const content = Object.entries(answer.content || {})[0];
    return make("tr", {},
      make("td", { class: `status ${status < 400 ? "good" : "bad"}` }, status),
      make("td", {}, ...prose(answer.description), status < 400 && content && content[1].example !== undefined ? exampleOf(content[1].example) : ""),
      make("td", {}, content ? typeLinks(content[1].schema) : "", make("div", { class: "quiet" }, content ? content[0] : "")));
  });
}

// What the form says, as a request: method, address, headers, body.
function requestOf(method, path, inputs, body) {
  let address = path;
  const query = new URLSearchParams();
  const headers = {};
  const token = document.getElementById("token").value;
  if (token) headers.Authorization = `Bearer ${token}`;
  for (const [parameter, input] of inputs) {
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (!input.value) continue;
    else if (parameter.in === "query") query.append(parameter.name, input.value);
    else headers[parameter.name] = input.value;
  }
  const asked = query.toString();
  if (body) headers["Content-Type"] = body.dataset.type;
  return { method: method.toUpperCase(), address: address + (asked && `?${asked}`), headers, body: body && body.value };
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curlLine(request) {
  const parts = ["curl", quoted(location.origin + request.address)];
  if (request.method !== "GET") parts.splice(1, 0, "-X", request.method);
  for (const [name, value] of Object.entries(request.headers)) {
    // The token stays out of what is copied: it would end in a shell's history.
    parts.push("-H", name === "Authorization" ? '"Authorization: Bearer $LAKE_TOKEN"' : quoted(`${name}: ${value}`));
  }
  if (request.body) parts.push("--data-binary", quoted(request.body));
  return parts.join(" ");
}

async function send(request, shown) {
  shown.hidden = false;
  shown.textContent = "…";
  try {
    const answer = await fetch(request.address, { method: request.method, headers: request.headers, body: request.body || undefined });
    const text = await answer.text();
    const links = answer.headers.get("Link");
    let body = text.slice(0, 100000);
    try { body = JSON.stringify(JSON.parse(text), null, 2).slice(0, 100000); } catch { /* it is no JSON */ }
    shown.textContent = `${answer.status} ${answer.statusText}${links ? `\nLink: ${links}` : ""}\n\n${body}`;
  } catch (error) {
    shown.textContent = String(error);
  }
}

function bodyField([type, content]) {
  const example = content.example === undefined ? {} : content.example;
  const text = typeof example === "string" ? example : JSON.stringify(example, null, 2);
  return make("textarea", { value: text, spellcheck: false, "aria-label": "Body", "data-type": type });
}

function tryOut(method, path, inputs, content) {
  const body = content && bodyField(content);
  const curl = make("pre");
  const shown = make("pre", { hidden: true });
  const renew = () => { curl.textContent = curlLine(requestOf(method, path, inputs, body)); };
  for (const field of [...inputs.map(([, input]) => input), body, document.getElementById("token")]) {
    if (field) field.addEventListener("input", renew);
  }
  renew();
  const button = make("button", { class: "send", type: "button" }, "Send");
  button.addEventListener("click", () => send(requestOf(method, path, inputs, body), shown));
  const copy = make("button", { type: "button" }, "Copy curl");
  copy.addEventListener("click", () => navigator.clipboard && navigator.clipboard.writeText(curl.textContent));
  return [...(body ? [make("h3", {}, "Body"), body] : []), make("h3", {}, "Try it"), curl, make("div", { class: "row" }, button, copy), shown];
}

function endpointCard(doc, path, method, operation) {
  const card = make("details", { class: "endpoint", id: operation.operationId },
    make("summary", {}, make("span", { class: `method ${method}` }, method), make("span", { class: "path" }, path), make("span", { class: "quiet" }, operation.summary)));
  // Filled when it is first opened: a page of forty open forms is slow.
  card.addEventListener("toggle", () => {
    if (!card.open || card.childElementCount > 1) return;
    const inputs = [];
    const rows = parameterRows(doc, operation, inputs);
    const content = operation.requestBody && Object.entries(operation.requestBody.content)[0];
    card.append(make("div", {},
      make("p", {}, ...prose(operation.description)),
      ...(rows.length ? [make("h3", {}, "Parameters"), make("table", {}, make("tbody", {}, ...rows))] : []),
      ...(content ? [make("p", {}, "Takes ", typeLinks(content[1].schema), make("span", { class: "quiet" }, ` ${content[0]}`))] : []),
      make("h3", {}, "Answers"), make("table", {}, make("tbody", {}, ...answerRows(doc, operation))),
      ...tryOut(method, path, inputs, content)));
  });
  return card;
}

function schemaCards(doc) {
  return Object.entries(doc.components.schemas).map(([name, schema]) =>
    make("details", { class: "endpoint", id: `schema-${name}` },
      make("summary", {}, make("span", { class: "path" }, name), make("span", { class: "quiet" }, ...prose((schema.description || "").split(". ")[0]))),
      make("div", {}, make("p", {}, ...prose(schema.description)), fieldTable(schema))));
}

function show(doc) {
  document.getElementById("title").textContent = `${doc.info.title} ${doc.info.version}`;
  document.getElementById("intro").replaceChildren(...prose(doc.info.description));
  const contents = document.getElementById("contents");
  const endpoints = document.getElementById("endpoints");
  for (const { name } of doc.tags) {
    contents.append(make("h2", {}, name));
    endpoints.append(make("h2", { class: "room" }, name));
    for (const [path, item] of Object.entries(doc.paths)) {
      for (const method of METHODS.filter((one) => item[one] && item[one].tags.includes(name))) {
        const operation = item[method];
        endpoints.append(endpointCard(doc, path, method, operation));
        contents.append(make("a", { href: `#${operation.operationId}`, title: path }, make("span", { class: `method ${method}` }, method), operation.summary));
      }
    }
  }
  document.getElementById("schemas").append(make("h2", { class: "room" }, "Schemas"), ...schemaCards(doc));
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") {
    target.open = true;
    target.scrollIntoView();
  }
}

function filter(text) {
  const sought = text.toLowerCase();
  for (const link of document.querySelectorAll("#contents a")) {
    link.hidden = !`${link.textContent} ${link.title}`.toLowerCase().includes(sought);
  }
}

document.getElementById("sought").addEventListener("input", (event) => filter(event.target.value));
window.addEventListener("hashchange", openTarget);
fetch("/openapi.json")
  .then((answer) => answer.json())
  .then((doc) => { show(doc); openTarget(); })
  .catch((error) => { document.getElementById("intro").textContent = `The document cannot be read: ${error}`; });
