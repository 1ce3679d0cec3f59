//! The Lambda function as most would write it in Rust: `lambda_http`, `aws-config`, `aws-sdk-route53`.
//! It does what `bootstrap` does for one name and one address: list, compare, write over.

use aws_config::BehaviorVersion;
use aws_sdk_route53::Client;
use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};
use std::env;
use std::net::Ipv4Addr;

struct Function {
    client: Client,
    zone: String,
    name: String,
    secret: String,
    ttl: i64,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let function = Function {
        client: Client::new(&config),
        zone: env::var("HOSTED_ZONE_ID")?,
        name: env::var("RECORD_NAMES")?,
        secret: env::var("SECRET")?,
        ttl: 60,
    };
    run(service_fn(|request: Request| function.answer(request))).await
}

impl Function {
    async fn answer(&self, request: Request) -> Result<Response<Body>, Error> {
        let query = request.query_string_parameters();
        if query.first("secret") != Some(self.secret.as_str()) {
            return reply(403, "badauth");
        }
        let Some(Ok(address)) = query.first("newip").map(str::parse::<Ipv4Addr>) else {
            return reply(400, "badip");
        };
        if !self.holds(address).await? {
            self.upsert(address).await?;
        }
        reply(200, "OK")
    }

    async fn holds(&self, address: Ipv4Addr) -> Result<bool, Error> {
        let list = self.client.list_resource_record_sets();
        let listed = list
            .hosted_zone_id(&self.zone)
            .start_record_name(&self.name)
            .start_record_type(RrType::A)
            .max_items(1)
            .send()
            .await?;
        Ok(listed.resource_record_sets().iter().any(|set| {
            set.name().trim_end_matches('.') == self.name
                && *set.r#type() == RrType::A
                && set.ttl() == Some(self.ttl)
                && matches!(set.resource_records(), [one] if one.value() == address.to_string())
        }))
    }

    async fn upsert(&self, address: Ipv4Addr) -> Result<(), Error> {
        let record = ResourceRecord::builder().value(address.to_string());
        let set = ResourceRecordSet::builder()
            .name(&self.name)
            .r#type(RrType::A)
            .ttl(self.ttl)
            .resource_records(record.build()?)
            .build()?;
        let change = Change::builder()
            .action(ChangeAction::Upsert)
            .resource_record_set(set);
        let batch = ChangeBatch::builder().changes(change.build()?).build()?;
        let request = self.client.change_resource_record_sets();
        let request = request.hosted_zone_id(&self.zone).change_batch(batch);
        request.send().await?;
        Ok(())
    }
}

fn reply(status: u16, word: &str) -> Result<Response<Body>, Error> {
    let reply = Response::builder().status(status);
    Ok(reply
        .header("content-type", "text/plain")
        .body(word.into())?)
}
