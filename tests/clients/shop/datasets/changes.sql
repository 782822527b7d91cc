BEGIN TRANSACTION;
CREATE TABLE "Shop__c" (id VARCHAR(255) NOT NULL, "Name" VARCHAR(255), "Code__c" VARCHAR(255), "Visits__c" VARCHAR(255), PRIMARY KEY (id));
INSERT INTO "Shop__c" VALUES('Shop__c-1','up 1','U1','5');
INSERT INTO "Shop__c" VALUES('Shop__c-2','up 2','U2','6');
COMMIT;
