// jsforce, unmodified: what it finds is printed as one JSON object.
const jsforce = require("jsforce");

async function main() {
  const [instanceUrl, accessToken] = process.argv.slice(2);
  const conn = new jsforce.Connection({ instanceUrl, accessToken, version: "67.0" });
  const found = {};
  found.identity = (await conn.identity()).username;
  const made = await conn.sobject("Account").create([{ Name: "js 1" }, { Name: "js 2" }]);
  found.created = made.map((one) => one.success);
  found.queried = (await conn.query("SELECT Name FROM Account WHERE Name LIKE 'js %' ORDER BY Name")).records.map((r) => r.Name);
  found.fields = (await conn.describe("Account")).fields.length > 20;
  found.global = (await conn.describeGlobal()).sobjects.some((one) => one.name === "Account");
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
  console.log("FOUND" + JSON.stringify(found));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
