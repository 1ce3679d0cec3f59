// dyn53 in a CDK application: dyn53-lean.yaml is included as it is, and its program is an asset of the application.
//
//   npx cdk deploy --app 'node dyn53.js' -c release=../../dist -c zone=Z0123456789ABC -c record=home.example.com \
//     --parameters Secret=…

const path = require("node:path");
const { App, Stack } = require("aws-cdk-lib");
const { CfnInclude } = require("aws-cdk-lib/cloudformation-include");
const { Asset } = require("aws-cdk-lib/aws-s3-assets");

class Dyn53 extends Stack {
  constructor(scope, id, { release, zone, record, ...rest }) {
    super(scope, id, rest);
    const program = new Asset(this, "ProgramFile", { path: path.join(release, "dyn53.zip") });
    // What is not given here stays a parameter of the stack: the secret must not be in the files of the application.
    this.included = new CfnInclude(this, "Included", {
      templateFile: path.join(release, "dyn53-lean.yaml"),
      parameters: {
        HostedZoneId: zone,
        RecordName: record,
        CodeBucket: program.s3BucketName,
        CodeKey: program.s3ObjectKey,
      },
    });
  }
}

const app = new App();
const given = (name) => {
  const value = app.node.tryGetContext(name);
  if (!value) throw new Error(`-c ${name}=… is missing`);
  return value;
};
new Dyn53(app, "dyn53", { release: given("release"), zone: given("zone"), record: given("record") });
app.synth();
