// Runs cdk-nag's AWS Solutions pack over a CloudFormation template: node nag.js FOLDER TEMPLATE, where FOLDER has node_modules with
// cdk-nag and aws-cdk-lib. It fails on a finding that is not accepted below, and on what is accepted and no longer found.
const fs = require('fs'), os = require('os'), path = require('path');
const from = require('module').createRequire(path.resolve(process.argv[2], 'x.js'));
const { App, Stack, Validations } = from('aws-cdk-lib');
const { CfnInclude } = from('aws-cdk-lib/cloudformation-include');
const { AwsSolutionsChecks } = from('cdk-nag');

const withLogBucket = 'with LogBucketName, which cdk-nag does not see through';
const settings = 'they are settings; what is secret comes from Secrets Manager';
const wildcard = 'each has its reason beside it in the template, which TestWildcardsHaveReasons holds';
const accepted = {
  'S1 Originals': withLogBucket, 'S1 Variants': withLogBucket, 'S1 Quarantine': withLogBucket, 'ELB2 LoadBalancer': withLogBucket,
  'ECS2 ServeTask': settings, 'ECS2 WorkTask': settings,
  'ECS7 HttpSettings': 'this task never runs',
  'SQS3 DeadLetters': 'it is the dead-letter queue of two others, whose references are in conditions',
  'CFR1 Distribution': 'a web ACL does that, by WebAclArn',
  'CFR4 Distribution': 'TLS 1.2 with DomainName; the default certificate lets no other policy be chosen',
  'CFR5 Distribution': 'TLS 1.2 to a function URL; to the load balancer it is HTTP, inside the VPC',
  'SF1 JobsMachine': 'it has four states, whose history Step Functions keeps; what they do is in the logs of the jobs',
  'SF2 JobsMachine': 'it only waits for jobs',
  'IAM5 ServeRole': wildcard, 'IAM5 WorkRole': wildcard, 'IAM5 ExecutionRole': wildcard, 'IAM5 JobsRole': wildcard,
};

const out = fs.mkdtempSync(path.join(os.tmpdir(), 'nag'));
const app = new App({ outdir: out, analyticsReporting: false });
const stack = new Stack(app, 'stack');
new CfnInclude(stack, 'template', { templateFile: process.argv[3] });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
try {
  app.synth();
} catch (e) { // the findings, which are in the report; other validations warn of what cfn-lint looks at
  if (e.name !== 'ValidationFailed' && !/Validation failed/.test(e.message)) throw e;
}
const report = JSON.parse(fs.readFileSync(path.join(out, 'validation-report.json')));
fs.rmSync(out, { recursive: true });

const found = new Set();
for (const { ruleName, violatingConstructs } of report.pluginReports.find((r) => r.pluginName === 'AwsSolutions').violations) {
  const rule = ruleName.replace('AwsSolutions-', '').replace(/\[.*/s, '');
  for (const { constructPath } of violatingConstructs) found.add(`${rule} ${constructPath.split('/').pop()}`);
}
const wrong = [...[...found].filter((f) => !accepted[f]).map((f) => `found and not accepted: ${f}`),
  ...Object.keys(accepted).filter((f) => !found.has(f)).map((f) => `accepted and not found: ${f}`)];
process.stdout.write(wrong.concat(`${found.size} findings, ${wrong.length} of them wrong`).join('\n') + '\n');
process.exit(wrong.length > 0 ? 1 : 0);
