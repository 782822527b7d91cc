BEGIN TRANSACTION;
CREATE TABLE "Account" (id VARCHAR(255) NOT NULL, "Name" VARCHAR(255), "Route__c" VARCHAR(255), PRIMARY KEY (id));
INSERT INTO "Account" VALUES('Account-1', 'North Wholesale', 'North');
INSERT INTO "Account" VALUES('Account-2', 'South Wholesale', 'South');
CREATE TABLE "Delivery__c" (id VARCHAR(255) NOT NULL, "Planned__c" VARCHAR(255), "Status__c" VARCHAR(255), "Supplier__c" VARCHAR(255), PRIMARY KEY (id));
INSERT INTO "Delivery__c" VALUES('Delivery__c-1', '2026-01-05', 'Complete', 'Account-1');
INSERT INTO "Delivery__c" VALUES('Delivery__c-2', '2026-12-05', 'Scheduled', 'Account-1');
INSERT INTO "Delivery__c" VALUES('Delivery__c-3', '2026-12-06', 'Scheduled', 'Account-2');
COMMIT;
