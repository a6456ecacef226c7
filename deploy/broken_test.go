package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Lines of the template that several violations change.
const (
	failover = "Items: [400, 403, 404, 500, 502, 503, 504]"
	members  = "Items: [{OriginId: variants}, {OriginId: service}]"
	notifies = "AlarmActions: !If [HasAlarmTopic, [!Ref AlarmTopicArn], !If [HasAlarmEmail, [!Ref Alarms], !Ref AWS::NoValue]]"
	noQuery  = "QueryStringsConfig: {QueryStringBehavior: none}"
	anyQuery = "QueryStringsConfig: {QueryStringBehavior: all}"
	noHeader = "HeadersConfig: {HeaderBehavior: none}"
)

// violations are changes of the template, each with the test that has to fail for it.
var violations = []struct{ rule, old, new string }{
	{"TestBucketsArePrivate", "BlockPublicPolicy: true", "BlockPublicPolicy: false"},
	{"TestBucketsArePrivate", `{Bool: {"aws:SecureTransport": "false"}}`, `{Bool: {"aws:SecureTransport": "true"}}`},
	{"TestBucketsArePrivate", "VersioningConfiguration: {Status: Enabled}", "VersioningConfiguration: {Status: Suspended}"},
	{"TestVariantsBucketComesFirst", failover, "Items: [400, 404, 500, 502, 503, 504, 416]"},
	{"TestVariantsBucketComesFirst", failover, "Items: [400, 403, 500, 502, 503, 504, 416]"},
	{"TestVariantsBucketComesFirst", members, "Items: [{OriginId: service}, {OriginId: variants}]"},
	{"TestCacheKeyIsThePath", noQuery, anyQuery},
	{"TestCacheKeyIsThePath", noHeader, "HeadersConfig: {HeaderBehavior: whitelist, Headers: [Accept]}"},
	{"TestCacheKeyIsThePath", "EnableAcceptEncodingBrotli: false", "EnableAcceptEncodingBrotli: true"},
	{"TestInfoAndSrcsetComeFromTheService", "MaxTTL: 60", "MaxTTL: 86400"},
	{"TestInfoAndSrcsetComeFromTheService", anyQuery, noQuery},
	{"TestInfoAndSrcsetComeFromTheService", "- PathPattern: /info/*", "- PathPattern: /*"},
	{"TestDialectsComeFromTheService", "Headers: [Accept]}", "Headers: [Accept, Cookie]}"},
	{"TestDialectsComeFromTheService", "[HasTags, 31536000, 60]", "[HasTags, 60, 31536000]"},
	{"TestDialectsComeFromTheService", "- PathPattern: /v/*", "- PathPattern: /w/*"},
	{"TestWildcardsHaveReasons", `Resource: "*" # the action has no resources`, `Resource: "*"`},
	{"TestWildcardsHaveReasons", "Action: secretsmanager:GetSecretValue", `Action: "secretsmanager:*"`},
	{"TestQueuesAndTopics", "maxReceiveCount: !Ref Attempts}", "maxReceiveCount: 30}"},
	{"TestQueuesAndTopics", "FunctionResponseTypes: [ReportBatchItemFailures]", "FunctionResponseTypes: []"},
	{"TestEventsCanBeSentAgain", "Action: sqs:SendMessage\n                Resource: [",
		"Action: sqs:ReceiveMessage\n                Resource: ["},
	{"TestEventsCanBeSentAgain", "IMGORIGIN_QUEUE: !Ref Events", "IMGORIGIN_QUEUE: !Ref DeadLetters"},
	{"TestEventsCanBeSentAgain", "IMGORIGIN_REVALIDATE: !Ref Revalidate # as", "IMGORIGIN_REVALIDATE: 1m # as"},
	{"TestEventsCanBeSentAgain", "{Name: IMGORIGIN_REVALIDATE, Value: !Ref Revalidate} # as", "{Name: IMGORIGIN_REVALIDATE, Value: 1m} # as"},
	{"TestTagsAreKeptWhereTheyArePurged", "{HeaderName: x-amz-meta-cache-tag}", "{HeaderName: x-cache-tag}"},
	{"TestTagsAreKeptWhereTheyArePurged", "CacheTagConfig: !If [HasTags,", "CacheTagConfig: !If [HasShield,"},
	{"TestTagsAreKeptWhereTheyArePurged", "{Name: IMGORIGIN_PURGE, Value: !Ref Purge}", "{Name: IMGORIGIN_PURGE, Value: tags}"},
	{"TestTagsAreKeptWhereTheyArePurged", "IMGORIGIN_PURGE: !Ref Purge", "IMGORIGIN_PURGE: paths"},
	{"TestEventsCanBeSentAgain", "IMGORIGIN_QUEUE: !Ref DeadLetters", "IMGORIGIN_QUEUE: !Ref Events"},
	{"TestEventsCanBeSentAgain", `IMGORIGIN_DEAD_LETTERS: "true"`, `IMGORIGIN_DEAD_LETTERS: "false"`},
	{"TestQueuesAndTopics", "EventSourceArn: !GetAtt DeadLetters.Arn", "EventSourceArn: !GetAtt Events.Arn"},
	{"TestQueuesAndTopics", `Event: "s3:LifecycleExpiration:*" #`, `Event: "s3:ObjectTagging:*" #`},
	{"TestQueuesAndTopics", `{Event: "s3:LifecycleExpiration:*", Topic`, `{Event: "s3:ObjectTagging:*", Topic`},
	{"TestRemovalsHaveAQueue", "Removals.Arn, !Ref RemovalsPolicy]], !GetAtt Events.Arn]", "Events.Arn, !Ref RemovalsPolicy]], !GetAtt Events.Arn]"},
	{"TestRemovalsHaveAQueue", "Removals.Arn, !Ref RemovalsPolicy]], !GetAtt Events.Arn]", "Removals.Arn, !Ref RemovalsPolicy]], !GetAtt Removals.Arn]"},
	{"TestRemovalsHaveAQueue", "!Select [0, [!GetAtt Removals.Arn, !Ref RemovalsPolicy]]", "!GetAtt Removals.Arn"},
	{"TestRemovalsHaveAQueue", `{prefix: "LifecycleExpiration:"}, `, ""},
	{"TestRemovalsHaveAQueue", `[{prefix: "ObjectCreated:"}]`, `[{prefix: "Object"}]`},
	{"TestRemovalsHaveAQueue", "!Select [0, [MessageBody,", "!Select [0, [MessageAttributes,"},
	{"TestRemovalsHaveAQueue", "FilterPolicy: !If\n        - HasRemovals", "FilterPolicy: !If\n        - FansOut"},
	{"TestRemovalsHaveAQueue", "Resource: !GetAtt Removals.Arn\n            Condition:\n", "Resource: !GetAtt Events.Arn\n            Condition:\n"},
	{"TestRemovalsHaveAQueue", "- {Event: \"s3:ObjectCreated:*\", Queue: !GetAtt Events.Arn}", "- {Event: \"s3:ObjectCreated:*\", Queue: !GetAtt Removals.Arn}"},
	{"TestRemovalsAreConsumed", "EventSourceArn: !GetAtt Removals.Arn", "EventSourceArn: !GetAtt Events.Arn"},
	{"TestRemovalsAreConsumed", "MaximumBatchingWindowInSeconds: 1", "MaximumBatchingWindowInSeconds: 300"},
	{"TestRemovalsAreConsumed", "MaximumBatchingWindowInSeconds: 1\n      FunctionResponseTypes: [ReportBatchItemFailures]",
		"MaximumBatchingWindowInSeconds: 1\n      FunctionResponseTypes: []"},
	{"TestRemovalsAreConsumed", "IMGORIGIN_REMOVALS_QUEUE: !If [HasRemovals, !Ref Removals,", "IMGORIGIN_REMOVALS_QUEUE: !If [HasRemovals, !Ref Events,"},
	{"TestRemovalsAreConsumed", "- !If [HasRemovals, {Name: IMGORIGIN_REMOVALS_QUEUE,", "- !If [FansOut, {Name: IMGORIGIN_REMOVALS_QUEUE,"},
	{"TestRemovalsAreConsumed", ", !If [HasRemovals, !GetAtt Removals.Arn, !Ref AWS::NoValue]]\n              - Sid: SettleLater",
		"]\n              - Sid: SettleLater"},
	{"TestRemovalsAreConsumed", "          - !Sub \"arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Name}-removals\"\n", ""},
	{"TestRemovalsAreConsumed", "QueueName, Value: !GetAtt Removals.QueueName}", "QueueName, Value: !GetAtt Events.QueueName}"},
	{"TestRemovalsAreOptional", "RemovalsQueue:\n    Type: String\n    Default: \"false\"", "RemovalsQueue:\n    Type: String\n    Default: \"true\""},
	{"TestRemovalsAreOptional", "RemovalsPolicy:\n    Type: AWS::SQS::QueuePolicy\n    Condition: HasRemovals\n", "RemovalsPolicy:\n    Type: AWS::SQS::QueuePolicy\n"},
	{"TestSettingsMakeNewVersions", "${OnlyPresets} ${Presets}", "${Presets}"},
	{"TestRemovalsAreOptional", "Condition: IsLambdaWithRemovals", "Condition: IsLambda"},
	{"TestOutcomesOfEventsHaveAlarms", "MetricName: Exhausted", "MetricName: Exhaustion"},
	{"TestOutcomesOfEventsHaveAlarms", "MetricName: EventsDeferred", "MetricName: Waiting"},
	{"TestOutcomesOfEventsHaveAlarms", "MetricName: PurgeErrors", "MetricName: Purges"},
	{"TestOutcomesOfEventsHaveAlarms", "QueueName, Value: !GetAtt Events.QueueName}]\n      Statistic",
		"QueueName, Value: !GetAtt DeadLetters.QueueName}]\n      Statistic"},
	{"TestOutcomesOfEventsHaveAlarms", "{Name: IMGORIGIN_EMF, Value: !Ref Name}", "{Name: IMGORIGIN_EMF, Value: other}"},
	{"TestOutcomesOfEventsHaveAlarms", "IMGORIGIN_EMF: !Ref Name", "IMGORIGIN_EMF: other"},
	{"TestOutcomesOfEventsHaveAlarms", "MetricName: SweptStale", "MetricName: Swept"},
	{"TestSweepIsScheduled", `"command": ["sweep", `, `"command": ["warm", `},
	{"TestSweepIsScheduled", `"containerOverrides": [{"name": "work"`, `"containerOverrides": [{"name": "serve"`},
	{"TestSweepIsScheduled", "Resource: !Sub \"${Variants.Arn}/sweep.json\"", "Resource: !Sub \"${Variants.Arn}/v/sweep.json\""},
	{"TestSweepIsScheduled", "Action: ecs:RunTask\n                Resource: !Ref WorkTask", "Action: ecs:RunTask\n                Resource: !Ref ServeTask"},
	{"TestSweepIsScheduled", "Resource: [!GetAtt ExecutionRole.Arn, !GetAtt WorkRole.Arn]", "Resource: [!GetAtt WorkRole.Arn]"},
	{"TestSweepIsScheduled", "Sweeps: !And [!Condition IsFargate, ", "Sweeps: !And [!Condition IsLambda, "},
	{"TestMetricFiltersReadTheLog", "MetricName: Quarantined", "MetricName: QuarantinedOriginals"},
	{"TestTraces", "{Name: IMGORIGIN_TRACES, Value: !Sub \"https://xray.", "{Name: IMGORIGIN_TRACES, Value: !Sub \"https://traces."},
	{"TestTraces", "IMGORIGIN_TRACES: !If [HasTraces,", "IMGORIGIN_TRACES: !If [HasTags,"},
	{"TestTraces", "{Mode: Active}", "{Mode: PassThrough}"},
	{"TestTraces", "Action: [xray:PutTraceSegments,", "Action: [xray:GetTraceSummaries,"},
	{"TestSettingsMakeNewVersions", "${LambdaMemory} ${Tracing} ", "${LambdaMemory} "},
	{"TestAlarmsNotify", notifies, "AlarmActions: []"},
	{"TestTemplateContainsTheEdgeFunction", "=86400,", "=86401,"},
	{"TestTemplateContainsTheEdgeFunction", "Default: jpeg,png,webp,avif,gif", "Default: jpeg,png,gif"},
	{
		"TestErrorsAreCachedAsTheServiceSays",
		"{ErrorCode: 404, ErrorCachingMinTTL: 10}", "{ErrorCode: 404, ErrorCachingMinTTL: 300}",
	},
	{
		"TestErrorsAreCachedAsTheServiceSays",
		"{ErrorCode: 503, ErrorCachingMinTTL: 0}", "{ErrorCode: 503, ErrorCachingMinTTL: 10}",
	},
	{"TestEnvironmentNamesAreFlags", "{Name: IMGORIGIN_MAX_AGE, Value", "{Name: IMGORIGIN_MAXAGE, Value"},
	{"TestServiceAndEdgeAgree", "IMGORIGIN_ESCAPE_PATHS: \"true\"", "IMGORIGIN_ESCAPE_PATHS: \"false\""},
	{"TestTemplateContainsTheEdgeFunction", "{Escape: !If [IsLambda, \"true\", \"false\"]}", "{Escape: !If [IsFargate, \"true\", \"false\"]}"},
	{"TestTemplateContainsTheEdgeFunction", "async function handler(e){const", "async function handler(f){const"},
	{"TestInfoAndSrcsetComeFromTheService", "FunctionARN: !GetAtt PathsFunction.", "FunctionARN: !GetAtt EdgeFunction."},
	{"TestServiceAndEdgeAgree", "{Name: IMGORIGIN_WIDTHS, Value: !Ref Widths}", "{Name: IMGORIGIN_WIDTHS, Value: 100}"},
	{"TestFunctionURLAllowsOnlyCloudFront", "AuthType: AWS_IAM", "AuthType: NONE"},
	{"TestContainersAreConfined", "Scheme: internal", "Scheme: internet-facing"},
	{"TestLogsExpire", "RetentionInDays: !Ref LogDays", "Tags: []"},
	{"TestOriginSecretIsShared", ":SecretString:send}}", ":SecretString:take}}"},
	{"TestRollbacksLeaveNothing", "DeletionPolicy: RetainExceptOnCreate", "DeletionPolicy: Retain"},
	{"TestSettingsMakeNewVersions", "${OriginSecretArn}\"\n", "\"\n"},
	{"TestSettingsMakeNewVersions", "Description: !Ref HttpSettings", "Description: !Ref Image"},
	{"TestSettingsMakeNewVersions", "FunctionVersion: !GetAtt HttpVersion.Version", "FunctionVersion: \"1\""},
	{"TestConcurrencyIsLimited", "!If [HasHttpConcurrency, !Ref HttpConcurrency, !Ref AWS::NoValue]", "!Ref AWS::NoValue"},
	{"TestConcurrencyIsLimited", "ScalingConfig: {MaximumConcurrency: 2}", "BatchSize: 10"},
	{"TestMetricMath", "waiting / IF(workers > 1, workers, 1)", "waiting / MAX([workers, 1])"},
	{"TestPartitions", "arn:${AWS::Partition}:cloudfront", "arn:aws:cloudfront"},
	{"TestPartitions", "arn:[a-z-]+:secretsmanager", "arn:aws:secretsmanager"},
	{"TestPartitions", "Description: !Ref HttpSettings", "Description: !Select [1, !Split [amazonaws.com/, !Ref Image]]"},
	{"TestWhatIsKept", "Default: keep", "Default: expire"},
	{"TestWhatIsKept", "Default: tier", "Default: keep"},
	{"TestWhatIsKept", "- TiersOriginals\n", "- TiersVariants\n"},
	{"TestWhatIsKept", "- Expires\n", "- TiersVariants\n"},
	{"TestFanOutLosesNothing", "Resource: !GetAtt Events.Arn\n            Condition: {ArnEquals", "Resource: !GetAtt Removals.Arn\n            Condition: {ArnEquals"},
	{"TestFanOutLosesNothing", ", !Ref TopicPolicy, !Ref Subscription]", ", !Ref TopicPolicy]"},
	{"TestFanOutLosesNothing", "!Select [0, [MessageBody, !Ref RemovalsSubscription]]", "MessageBody"},
	{"TestFanOutLosesNothing", "DependsOn: [RemovalsPolicy]\n", "DependsOn: [EventsPolicy]\n"},
	{"TestRulesSendEvents", "Targets: [{Id: queue, Arn: !GetAtt Events.Arn}]", "Targets: [{Id: queue, Arn: !GetAtt DeadLetters.Arn}]"},
	{"TestRulesSendEvents", "detail-type: [Object Deleted]", "detail-type: [Object Tags Added]"},
	{"TestRulesSendEvents", "object: {key: [{wildcard: !Ref EventsKeys}]}", "object: {key: [{wildcard: \"*\"}]}"},
	{"TestRulesSendEvents", "Principal: {Service: events.amazonaws.com}", "Principal: {Service: sns.amazonaws.com}"},
	{"TestUploadsAreConfined", "/uploads/*", "/*"},
	{"TestTerraformModuleHasTheTemplatesParameters", "Default: PriceClass_All", "Default: PriceClass_100"},
	{"TestTerraformModuleHasTheTemplatesParameters", "Description: For invalidations.", "Description: For something else."},
	{"TestTerraformExistingDistribution", failover, "Items: [403, 404, 500, 502, 503, 504]"},
	{"TestTerraformExistingDistribution", "DefaultTTL: 86400", "DefaultTTL: 864"},
	{"TestTerraformExistingDistribution", "{ErrorCode: 404, ErrorCachingMinTTL: 10}", "{ErrorCode: 404, ErrorCachingMinTTL: 30}"},
	{"TestJobsAreSubmitted", "\"JobDefinition\": \"${Job}\"", "\"JobDefinition\": \"${WorkTask}\""},
	{"TestJobsAreSubmitted", "\"Next\": \"Swept too\"", "\"Next\": \"Swept\""},
	{"TestJobsAreSubmitted", "jobs/sweep-{shard}.json", "jobs/sweep.json"},
	{"TestJobsAreSubmitted", "Command: [warm, --shard, batch,", "Command: [warm, --shard, 1/1,"},
	{"TestJobsAreSubmitted", "Resource: !Sub \"${Variants.Arn}/jobs/*\"", "Resource: !Sub \"${Variants.Arn}/v/jobs/*\""},
	{"TestWorkersMayBeSpot", "CapacityProviders: [FARGATE, FARGATE_SPOT]", "CapacityProviders: [FARGATE]"},
	{"TestWorkersMayBeSpot", "CapacityProvider: !Ref WorkerCapacity", "CapacityProvider: FARGATE"},
	{"TestAccessLogs", "Value: !If [HasLogBucket, \"true\", \"false\"]", "Value: \"false\""},
	{"TestAccessLogs", "      LoggingConfiguration: !If\n        - HasLogBucket", "      LoggingConfiguration: !If\n        - HasKey"},
	{"TestUploadsCanBeFollowed", "SourceSecurityGroupId: !Ref UploadServersGroupId", "SourceSecurityGroupId: !Ref TaskGroup"},
	{"TestDeploysKeepTheNumberOfTasks", "      HealthCheckGracePeriodSeconds: 30\n", "      DesiredCount: !Ref MinTasks\n"},
	{"TestOutcomesOfEventsHaveAlarms", "QueueName, Value: !GetAtt DeadLetters.QueueName", "QueueName, Value: !GetAtt Events.QueueName"},
	{"TestOutcomesOfEventsHaveAlarms", "MetricName: EventsFailed\n", "MetricName: ApproximateNumberOfMessagesVisible\n"},
	{"TestAnswersInPlaceOfTheServiceHaveAlarms", "MetricName: Throttles\n", "MetricName: Url4xxCount\n"},
	{"TestAnswersInPlaceOfTheServiceHaveAlarms", "HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count"},
	{"TestMetricFiltersReadTheLog", "$.msg = \"variant not stored\"", "$.msg = \"variant not written\""},
	{"TestParametersThatDoNotFitAreRefused", "!Not [!Equals [!Ref VpcId, \"\"]]", "!Not [!Equals [!Ref VpcId, none]]"},
	{"TestParametersThatDoNotFitAreRefused", "RuleCondition: !Equals [!Ref Jobs, \"true\"]", "RuleCondition: !Equals [!Ref Jobs, \"yes\"]"},
	{"TestAlarmsHaveRunbooks", "AlarmName: !Sub \"${Name}-throttled\"", "AlarmName: !Sub \"${Name}-other\""},
	{"TestAlarmEmail", "Principal: {Service: cloudwatch.amazonaws.com}", "Principal: {Service: s3.amazonaws.com}"},
	{"TestAlarmEmail", "Endpoint: !Ref AlarmEmail", "Endpoint: someone@example.com"},
}

// A test that cannot fail proves nothing, so each test of the template is run with a template that violates it, and has
// to fail. Where a line occurs several times only the first is changed, which shows that a test checks all of them.
func TestRulesCanFail(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the test binary once for each rule")
	}
	text, err := os.ReadFile(templateFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range violations {
		if !strings.Contains(string(text), test.old) {
			t.Errorf("%s: the template has no %s", test.rule, test.old)
			continue
		}
		file := filepath.Join(t.TempDir(), templateFile)
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), test.old, test.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		run := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test.rule+"$")
		run.Env = append(os.Environ(), "IMGORIGIN_TEST_TEMPLATE="+file)
		out, err := run.CombinedOutput()
		failed := err != nil && strings.Contains(string(out), "--- FAIL: "+test.rule)
		if !failed || strings.Contains(string(out), "panic") {
			t.Errorf("%s accepts %s: %v\n%s", test.rule, test.new, err, out)
		}
	}
}
