// jsforce, unmodified: what it finds is printed as one JSON object.
const jsforce = require("jsforce");
const { StreamingExtension } = require("jsforce/lib/api/streaming");

function heard(client, channel, publish) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing on ${channel}`)), 20000);
    const subscription = client.subscribe(channel, (message) => {
      clearTimeout(timer);
      resolve(message);
    });
    subscription.then(publish, reject);
  });
}

async function apis(conn, instanceUrl, package_) {
  const found = {};
  const deployed = await conn.metadata.deploy(package_, {}).complete(true);
  found.deployed = deployed.success ? true : JSON.stringify(deployed.details);
  found.apexPost = await conn.apex.post("/js/greet", { name: "you" });
  found.apexGet = await conn.apex.get("/js/x");
  const action = await conn.requestPost("/services/data/v67.0/actions/custom/apex/JsAction", { inputs: [{ text: "a" }] });
  found.action = action.map((one) => one.outputValues.output);
  found.recent = await conn.recent();
  found.tabs = Array.isArray(await conn.tabs());
  found.search = (await conn.search("FIND {streamed} IN NAME FIELDS RETURNING Account(Name)")).searchRecords.length;
  const since = new Date(Date.now() - 3600000);
  const account = await conn.sobject("Account").create({ Name: "js changed" });
  found.updated = (await conn.sobject("Account").updated(since, new Date(Date.now() + 3600000))).ids.includes(account.id);
  found.serverTime = (await conn.soap.getServerTimestamp()).timestamp.length > 10;
  await conn.soap.setPassword((await conn.identity()).user_id, "Passw0rd!js");
  const other = new jsforce.Connection({ loginUrl: instanceUrl, instanceUrl, version: "60.0" });
  const username = (await conn.identity()).username;
  await other.login(username, "Passw0rd!js");
  found.login = (await other.identity()).username === username;
  const events = conn.streaming.createClient([new StreamingExtension.Replay("/event/Js__e", -2)]);
  await conn.sobject("Js__e").create({ Text__c: "before" });
  const message = await heard(events, "/event/Js__e", () => {});
  found.event = message.payload.Text__c;
  events.disconnect();
  const changes = conn.streaming.createClient([]);
  const change = await heard(changes, "/data/AccountChangeEvent", () => conn.sobject("Account").create({ Name: "streamed" }));
  found.change = [change.payload.ChangeEventHeader.changeType, change.payload.Name];
  changes.disconnect();
  const channel = await conn.sobject("StreamingChannel").create({ Name: "/u/Js" });
  const push = () => conn.requestPost(`/services/data/v67.0/sobjects/StreamingChannel/${channel.id}/push`, { pushEvents: [{ payload: "to all", userIds: [] }] });
  const listeners = conn.streaming.createClient([]);
  found.pushed = (await heard(listeners, "/u/Js", push)).payload;
  listeners.disconnect();
  found.layouts = (await conn.sobject("Account").layouts()).layouts.length;
  const lead = await conn.sobject("Lead").create({ LastName: "Js", Company: "Js" });
  const converted = await conn.soap.convertLead([{ leadId: lead.id, convertedStatus: "Closed - Converted", doNotCreateOpportunity: true }]);
  found.converted = [].concat(converted).map((one) => one.success);
  found.user = (await conn.soap.getUserInfo()).userName === username;
  await other.logout();
  return found;
}

async function main() {
  const [instanceUrl, accessToken, package_] = process.argv.slice(2);
  const conn = new jsforce.Connection({ instanceUrl, accessToken, version: "67.0" });
  const found = {};
  found.identity = (await conn.identity()).username;
  const made = await conn.sobject("Account").create([{ Name: "js 1" }, { Name: "js 2" }]);
  found.created = made.map((one) => one.success);
  found.queried = (await conn.query("SELECT Name FROM Account WHERE Name LIKE 'js %' ORDER BY Name")).records.map((r) => r.Name);
  found.fields = (await conn.describe("Account")).fields.length > 20;
  found.global = (await conn.describeGlobal()).sobjects.some((one) => one.name === "Account");
  const plans = (await conn.sobject("Account").find({ ParentId: made[0].id }).explain()).plans;
  found.plans = plans.map((one) => [one.leadingOperationType, one.fields]);
  const seen = [];
  await new Promise((resolve, reject) => {
    conn.query("SELECT Id FROM Account").on("record", (r) => seen.push(r.Id)).on("end", resolve).on("error", reject).run({ autoFetch: true });
  });
  found.streamed = seen.length;
  conn.bulk2.pollInterval = 50;
  const loaded = await conn.bulk2.loadAndWaitForResults({ object: "Contact", operation: "insert", input: [{ LastName: "bulk 2" }], pollTimeout: 20000, pollInterval: 50 });
  found.bulk2 = loaded.successfulResults.length;
  const out = await conn.bulk2.query("SELECT LastName FROM Contact WHERE LastName = 'bulk 2'", { pollTimeout: 20000, pollInterval: 50 });
  found.bulk2query = (await out.toArray()).map((r) => r.LastName);
  conn.bulk.pollInterval = 50;
  found.bulk1 = (await conn.bulk.load("Contact", "insert", [{ LastName: "bulk 1" }])).map((one) => one.success);
  found.metadata = (await conn.metadata.list([{ type: "CustomObject" }], "67.0")).some((one) => one.fullName === "Account");
  const saved = await conn.metadata.upsert("CustomObject", [{ fullName: "Js__c", label: "Js", pluralLabel: "Jss", nameField: { type: "Text", label: "Js Name" }, deploymentStatus: "Deployed", sharingModel: "ReadWrite" }]);
  found.upserted = [].concat(saved).map((one) => one.success);
  found.read = (await conn.metadata.read("CustomObject", "Js__c")).label;
  found.anonymous = (await conn.tooling.executeAnonymous("System.debug(1);")).success;
  found.limit = (await conn.request("/services/data/v67.0/limits")).DailyApiRequests.Max;
  try {
    await conn.query("SELECT Nope FROM Account");
  } catch (error) {
    found.error = error.errorCode;
  }
  await conn.sobject("Account").destroy(made.map((one) => one.id));
  found.apis = await apis(conn, instanceUrl, package_);
  console.log("FOUND" + JSON.stringify(found));
  process.exit(0); // streaming clients keep their timers
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
