/* The life of one run, as design.md has it: three people (ana asks, ben and cleo may sign), two executors of which
   executor 0 signed the plan, entries judged where they land. What may not happen is asserted where it would.
   NO_... takes one guard away; TRACE (a list of entries) lets only that life happen, and asserts that it cannot. */
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef STEPS
#define STEPS 2
#endif

mtype = { asked, planned, approve, withdraw, reject, cancel, order, unorder, glass, claim, intent, ended_step, heartbeat,
          succeeded, failed, partial, indeterminate, resume_order, resume, close };
#define ANA 0
#define BEN 1
#define CLEO 2
#define EXECUTOR 3
#define NOBODY 9

/* What the entries so far come to. */
bool moved[2];                  /* something was appended since executor n looked */
bool has_plan = false;
bool signed_by[3];
bool over = false;              /* rejected or cancelled */
byte orderer = NOBODY;          /* whose order stands */
bool broken = false;            /* ana broke the glass */
byte claims = 0;
mtype outcome = 0;
bool resume_ordered = false;
bool closes[3];
bool closed = false;
byte age = 0;                   /* of the claimant's last entry: 1 is half a lease and more, 2 a lease and more */

bool relied_gone = false;       /* an approval that the order relied on was taken back since */

/* What happened in the world, and on the executor's disk. */
byte starts = 0;
bool begun[STEPS];
bool done[STEPS];
bool journal_claiming = false;
bool journal_started = false;
byte crashes = 0;
bool forgotten = false;         /* the store showed an older ledger once */

#ifdef TRACE
typedef Wanted { mtype what; byte who; };
byte at = 0;
#define NEXT(what_, who_) (at < LENGTH && wanted[at].what == what_ && wanted[at].who == who_)
#define TAKE at = at + 1; moved[0] = true; moved[1] = true
Wanted wanted[LENGTH];
#else
#define NEXT(what_, who_) (true)
#define TAKE moved[0] = true; moved[1] = true
#endif

#define FILLED ((signed_by[BEN] + signed_by[CLEO]) >= SLOTS)
#ifdef NO_REJECT_ENDS
#define GATE (has_plan && (FILLED || broken))
#else
#define GATE (has_plan && !over && (FILLED || broken))
#endif
#ifdef NO_ONE_CLAIM
#define UNCLAIMED true
#else
#define UNCLAIMED (claims == 0)
#endif
#ifdef NO_GATE_AT_CLAIM
#define ADMITTED (orderer != NOBODY && UNCLAIMED)
#else
#define ADMITTED (GATE && orderer != NOBODY && UNCLAIMED)
#endif
#ifdef NO_LEASE_BEFORE_CLOSE
#define SILENT true
#else
#define SILENT (age >= 2)
#endif
#define LOST (claims > 0 && !closed && (outcome == indeterminate || (outcome == 0 && SILENT)))
#define CLOSABLE (LOST || (claims > 0 && !closed && outcome == partial))
#define CLOSERS (closes[ANA] + closes[BEN] + closes[CLEO])
#define NEEDED (SLOTS > 1 -> SLOTS : 1)

/* Withdrawing takes the orders that relied on the approval with it. */
inline take_back(who) {
  relied_gone = relied_gone || (orderer != NOBODY && signed_by[who]);
  signed_by[who] = false;
#ifndef NO_WITHDRAW_ENDS_ORDER
  orderer = NOBODY;
#endif
}

/* People do what the table lets them, in any order, a few times at most. */
proctype Signer(byte me) {
  byte left = 2;
  byte taken = 1;
  do
  :: atomic { NEXT(approve, me) && has_plan && !over && claims == 0 && !signed_by[me] && left > 0 ->
       signed_by[me] = true; left--; TAKE }
  :: atomic { NEXT(withdraw, me) && has_plan && !over && claims == 0 && taken > 0 -> take_back(me); taken--; TAKE }
  :: atomic { NEXT(reject, me) && has_plan && !over && claims == 0 -> over = true; TAKE }
  :: atomic { NEXT(order, me) && GATE && !broken && !over && claims == 0 && orderer == NOBODY -> orderer = me; relied_gone = false; TAKE }
  :: atomic { NEXT(close, me) && CLOSABLE && !closes[me] -> closes[me] = true; closed = CLOSERS >= NEEDED && (SLOTS == 0 || closes[BEN] || closes[CLEO]); TAKE }
  od
}

proctype Requester() {
  byte orders = 2;
  byte resumes = 1;
  atomic { NEXT(asked, ANA) -> TAKE }
  atomic { NEXT(planned, EXECUTOR) -> has_plan = true; TAKE }
  do
  :: atomic { NEXT(order, ANA) && GATE && !over && claims == 0 && orders > 0 -> orderer = ANA; relied_gone = false; orders--; TAKE }
  :: atomic { NEXT(unorder, ANA) && orderer == ANA && !over && claims == 0 -> orderer = NOBODY; TAKE }
  :: atomic { NEXT(cancel, ANA) && !over && claims == 0 -> over = true; TAKE }
#ifdef GLASS
  :: atomic { NEXT(glass, ANA) && has_plan && !broken && !over && claims == 0 -> broken = true; orderer = NOBODY; TAKE }
#endif
  :: atomic { NEXT(resume_order, ANA) && LOST && resumes > 0 -> resume_ordered = true; resumes--; TAKE }
  :: atomic { NEXT(close, ANA) && CLOSABLE && !closes[ANA] -> closes[ANA] = true; closed = CLOSERS >= NEEDED && (SLOTS == 0 || closes[BEN] || closes[CLEO]); TAKE }
  od
}

proctype Clock() {
  do
  :: atomic { age < 2 && claims > 0 -> age = age + 1 }
#ifdef ROLLBACK
  /* The store shows a ledger from before the claim, once. */
  :: atomic { claims > 0 && !forgotten && outcome == 0 && !closed ->
       forgotten = true; claims = 0; resume_ordered = false; closes[ANA] = false; closes[BEN] = false; closes[CLEO] = false; moved[0] = true; moved[1] = true }
#endif
  od
}

#define LOOK moved[me] = false
#define UNMOVED (!moved[me])
/* An entry of the claimant, by compare-and-swap: nothing may have come since it looked. */
#ifdef NO_INTENT_CAS
#define FITS true
#else
#define FITS (UNMOVED && !closed)
#endif
#ifdef NO_CLAIM_CAS
#define SAME true
#else
#define SAME UNMOVED
#endif
#ifdef NO_RESUME_CAS
#define RESUMABLE true
#else
#define RESUMABLE (UNMOVED && !closed)
#endif
#ifdef NO_HALF_LEASE
#define IN_TIME true
#else
#define IN_TIME (age < 1)
#endif
#ifdef NO_JOURNAL
#define FRESH true
#else
#define FRESH (!journal_claiming)
#endif

inline begin(step) {
  assert(!closed);                        /* nothing executes after a close */
  assert(claims == 1 || forgotten);       /* no effect without a claim */
  assert(!done[step]);                    /* what is finished is not done again */
  begun[step] = true
}

proctype Executor(byte me) {
  byte step;
  bool mine = false;
idle:
  step = 0;
  mine = (me == 0 && claims > 0);
  do
#ifdef NO_ONE_EXECUTOR
  :: atomic { ADMITTED && FRESH -> LOOK; goto claiming }
#else
  :: atomic { me == 0 && ADMITTED && FRESH -> LOOK; goto claiming }
#endif
  :: atomic { mine || (me == 0 && claims > 0) -> mine = true; goto recover }
  od;

claiming:
  atomic {
    if
    :: NEXT(claim, EXECUTOR) && SAME ->
         assert(me == 0);                                   /* who signed the plan */
         assert(claims == 0);                               /* at most one claim */
         assert(!over && (FILLED || broken));               /* what stood exactly at its place */
         assert(orderer != NOBODY && (!broken || orderer == ANA));
         assert(!relied_gone);
         journal_claiming = true;
         claims++; age = 0; TAKE
    :: NEXT(claim, EXECUTOR) && !SAME -> goto idle
    fi
  };
  if
  :: atomic { crashes < CRASHES -> crashes++; goto idle }
  :: skip
  fi;
  atomic { journal_started = true; starts++; assert(starts == 1) }   /* nothing starts twice */

steps:
  do
  :: step < STEPS ->
#ifdef NO_SKIP_DONE
       skip;
#else
       if
       :: atomic { done[step] -> step++; goto steps }
       :: else
       fi;
#endif
       LOOK;
       if
       :: atomic { NEXT(intent, EXECUTOR) && FITS && outcome == 0 -> age = 0; TAKE }
       :: atomic { closed -> goto idle }
       :: atomic { !FITS && !closed -> goto steps }
       :: atomic { crashes < CRASHES -> crashes++; goto idle }
       fi;
       if
       :: atomic { IN_TIME -> begin(step) }
       :: atomic { !IN_TIME -> goto idle }                  /* too late to begin: the run is broken off */
       :: atomic { crashes < CRASHES -> crashes++; goto idle }
       fi;
       do
       :: atomic { NEXT(heartbeat, EXECUTOR) && !closed && age > 0 -> age = 0; TAKE }
       :: atomic { NEXT(ended_step, EXECUTOR) && !closed && outcome == 0 -> done[step] = true; step++; age = 0; TAKE; break }
       :: atomic { closed -> done[step] = true; goto idle }
       :: atomic { NEXT(ended_step, EXECUTOR) && !closed && outcome == 0 -> age = 0; TAKE; goto broke }
       :: atomic { crashes < CRASHES -> crashes++; goto idle }
       od
  :: step == STEPS -> break
  od;
  atomic {
    if
    :: NEXT(succeeded, EXECUTOR) && !closed && outcome == 0 -> outcome = succeeded; age = 0; TAKE
    :: closed
    fi
  };
  goto rest;

broke:                                    /* a step failed; it is undone, or not, or nobody knows */
  do
  :: atomic { NEXT(intent, EXECUTOR) && !closed && IN_TIME -> assert(!closed); age = 0; TAKE }
  :: atomic { NEXT(ended_step, EXECUTOR) && !closed -> age = 0; TAKE }
  :: atomic { NEXT(failed, EXECUTOR) && !closed -> outcome = failed; TAKE; break }
  :: atomic { NEXT(partial, EXECUTOR) && !closed -> outcome = partial; TAKE; break }
  :: atomic { NEXT(indeterminate, EXECUTOR) && !closed -> outcome = indeterminate; TAKE; goto idle }
  :: atomic { closed -> break }
  od;
  goto rest;

recover:                                  /* after a crash, or when it could not go on */
  if
  :: atomic { closed -> goto rest }
  :: atomic { outcome != 0 && outcome != indeterminate -> goto rest }
  :: atomic { NEXT(failed, EXECUTOR) && !closed && !journal_started && outcome == 0 -> outcome = failed; TAKE; goto rest }
  :: atomic { NEXT(succeeded, EXECUTOR) && !closed && done[STEPS - 1] && outcome == 0 -> outcome = succeeded; TAKE; goto rest }
  :: atomic { NEXT(indeterminate, EXECUTOR) && !closed && journal_started && outcome == 0 -> outcome = indeterminate; TAKE; goto idle }
  :: atomic { LOST && resume_ordered && journal_started -> LOOK }
     atomic {
       if
       :: NEXT(resume, EXECUTOR) && RESUMABLE ->
            assert(!closed);
            outcome = 0; resume_ordered = false; age = 0; step = 0;
            closes[ANA] = false; closes[BEN] = false; closes[CLEO] = false; TAKE; goto steps
       :: !RESUMABLE -> goto idle
       fi
     }
  fi;

rest:
  skip
}

init {
  atomic {
#ifdef TRACE
    FILL_TRACE
#endif
    run Requester(); run Signer(BEN); run Signer(CLEO); run Clock(); run Executor(0); run Executor(1)
  }
#ifdef TRACE
  (at == LENGTH);
  assert(false)                            /* this life can happen */
#endif
}
