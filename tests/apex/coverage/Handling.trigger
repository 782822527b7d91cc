trigger Handling on Contact (
    before insert,
    after insert
) {
    Integer n = 0; //+
    for (Contact row : Trigger.new) { //+
        if (Trigger.isBefore) { //+
            row.Description = //+
                'before'; //+
        } else if (row.LastName == 'never') { //+
            row.addError('no'); //-
        }
    }
    switch on Trigger.operationType { //+
        when BEFORE_INSERT { //+
            n++; //+
        }
        when AFTER_UPDATE { //+
            n--; //-
        }
    }
    System.debug(n);
}
