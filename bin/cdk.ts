// The CDK application of the repository: `npx cdk synth`, `npx cdk deploy`.
import { app } from '#infra/app';

app().synth();
