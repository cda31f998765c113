//! The description of the API is that of what is served.

use batchferry::model::control::{Refusal, Reply, Request};
use batchferry::web::openapi;
use serde_json::{Map, Value, json};

use crate::schema::faults;
use crate::tcp::{Listener, OPERATOR, grants};
use crate::views::{BAG, full};

/// A full answer; the last page where there are several.
fn last(request: &Request) -> Result<Reply, Refusal> {
    let reply = full(request)?;
    Ok(match reply {
        Reply::Events(page) => Reply::Events(batchferry::model::control::Page { next: None, ..page }),
        other => other,
    })
}

/// Every operation: method, path, and what is said of it.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| -> Vec<(String, String, Value)> {
        let methods: &Map<String, Value> = methods.as_object().unwrap();
        methods.iter().map(|(method, said)| (method.to_uppercase(), path.clone(), said.clone())).collect()
    };
    paths.iter().flat_map(of_path).collect()
}

/// A target with what is required.
fn target(path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().unwrap();
    let needed = parameters.iter().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    let query: Vec<String> = needed.map(|parameter| format!("{}=1", parameter["name"].as_str().unwrap())).collect();
    format!("{}?{}", path.replace("{batch}", "a"), query.join("&"))
}

fn body(operation: &Value) -> &'static str {
    match operation["operationId"].as_str().unwrap() {
        "resyncBatch" => "{\"scope\":\"Failed\"}",
        "verifyBatch" => "{\"sample\":{\"size\":1,\"seed\":\"s\"}}",
        "planSpec" | "checkSpec" | "writeSpec" => "{\"file\":\"a\",\"text\":\"b\"}",
        _ => "",
    }
}

#[tokio::test]
async fn every_operation_is_served_and_answers_as_it_is_described() {
    let document = openapi();
    let listener = Listener::local(Some(grants()), last).await;
    let all = operations(&document);
    assert!(all.len() >= 20, "{}", all.len());
    for (method, path, operation) in all {
        let answer = listener.with_token(OPERATOR, &method, &target(&path, &operation), body(&operation)).await;
        assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
        let content = operation["responses"]["200"]["content"].as_object().unwrap();
        let (content_type, said) = content.iter().next().unwrap();
        assert!(answer.head.contains(&format!("content-type: {content_type}\r\n")), "{}", answer.head);
        if content_type == "application/zip" {
            assert!(answer.body.contains(BAG) && answer.head.contains("content-disposition: "), "{answer:?}");
            continue;
        }
        let values: Vec<Value> = match said.get("x-line") {
            None => vec![answer.json()],
            Some(_) => answer
                .body
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok())
                .filter(Value::is_object)
                .collect(),
        };
        assert!(!values.is_empty(), "{answer:?}");
        let schema = said.get("x-line").unwrap_or(&said["schema"]);
        for value in values {
            assert_eq!(faults(&document, schema, &value), Vec::<String>::new(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_described_is_refused() {
    let document = openapi();
    let listener = Listener::local(Some(grants()), last).await;
    for (method, path, operation) in operations(&document) {
        let target = format!("{}&undescribed=1", target(&path, &operation));
        let said = listener.with_token(OPERATOR, &method, &target, body(&operation)).await.problem(400);
        assert!(said.contains("undescribed"), "{method} {path}: {said}");
        let known = operation["parameters"].as_array().unwrap().iter().filter(|known| known["in"] == "query");
        for name in known.map(|known| known["name"].as_str().unwrap()) {
            assert!(said.contains(name), "{name} of {path} is described and not known: {said}");
        }
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in ["GET", "POST", "DELETE", "PUT", "PATCH"] {
            if methods.get(method.to_lowercase()).is_none() {
                listener.with_token(OPERATOR, method, &path.replace("{batch}", "a"), "").await.problem(405);
            }
        }
    }
    assert!(listener.operators().is_empty());
}

#[tokio::test]
async fn problems_are_as_they_are_described() {
    let document = openapi();
    let listener = Listener::local(Some(grants()), last).await;
    let problem = json!({"$ref": "#/components/schemas/Problem"});
    for answer in [
        listener.ask("GET", "/api/v1/batches", &[], "").await,
        listener.with_token(OPERATOR, "GET", "/api/v1/nothing", "").await,
        listener.with_token(OPERATOR, "POST", "/api/v1/plan", "[]").await,
    ] {
        assert_eq!(faults(&document, &problem, &answer.json()), Vec::<String>::new());
    }
}

#[tokio::test]
async fn it_is_served_as_the_command_prints_it_and_as_it_is_kept() {
    let listener = Listener::local(None, last).await;
    let answer = listener.ask("GET", "/api/v1/openapi.json", &[], "").await;
    assert_eq!(answer.json(), openapi());
    let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/openapi.json")).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&kept).unwrap(),
        openapi(),
        "`batchferry schema --write schemas` renews it"
    );
    let mut names: Vec<String> =
        operations(&openapi()).iter().map(|(_, _, said)| said["operationId"].to_string()).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}
