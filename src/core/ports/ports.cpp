// The ports are interfaces; this file proves that each header stands alone.
#include "core/ports/clock.hpp"
#include "core/ports/journal.hpp"
#include "core/ports/key_wrap.hpp"
#include "core/ports/ledger_store.hpp"
#include "core/ports/practice_files.hpp"
#include "core/ports/processes.hpp"
#include "core/ports/randomness.hpp"
#include "core/ports/signer.hpp"
