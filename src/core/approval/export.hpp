#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "core/approval/log.hpp"
#include "core/text/json.hpp"

namespace blc::approval {

// Per entry NNNNNNNN.json (the stored bytes), .pae (what was signed) and .sig (the armoured SSHSIG); per root
// version allowed_signers.<version>; and a README that checks all of it with coreutils and ssh-keygen and
// says what those cannot see. `write` gets each file's name and bytes.
void export_ledger(Log& log, const std::function<void(const std::string& name, std::string_view bytes)>& write);

// The name of that entry's stored bytes among them.
[[nodiscard]] std::string exported_name(std::uint64_t leaf);

// Inclusion proofs (RFC 9162 section 2.1.3) of every entry of a run under the ledger's head, with the signed
// checkpoint of that head: {"format":"blc.proof/v1", ...}.
[[nodiscard]] text::Json prove(Log& log, const Run& run, const std::string& checkpoint);

}  // namespace blc::approval
