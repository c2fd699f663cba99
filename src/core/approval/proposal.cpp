#include "core/approval/proposal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace blc::approval {

using text::Fields;
using text::Json;

namespace {

constexpr std::string_view kCites = "cites";

const trust::Principal* signer_in(const trust::Root* root, std::string_view name, const crypto::PublicKey& key, bool of_root) {
  const auto* const principal = root == nullptr ? nullptr : root->find(name);
  if (principal == nullptr || !principal->holds(key)) return nullptr;
  const bool may = of_root ? principal->changes_root() : principal->has_role(trust::kAdminRole);
  return may ? principal : nullptr;
}

// The signatures that nobody took back, by keys that have signed such proposals ever since, each person's first; the
// proposer's is the proposal.
std::vector<const Fact*> standing(const trust::History& trust, const Proposal& proposal, std::uint64_t size, Timestamp now) {
  const bool of_root = proposal.next->root() != nullptr;
  const auto signs = [&](const Fact& fact) {
    const auto held = trust.roles_throughout(fact.by, fact.key, fact.leaf, size);
    return held && std::ranges::any_of(*held, [&](const auto& role) { return role == trust::kAdminRole || (of_root && role == trust::kRecoveryRole); });
  };
  std::map<std::string, const Fact*> by_person;
  if (signs(proposal)) by_person.emplace(proposal.by, &proposal);
  for (const auto& decision : proposal.decisions) {
    if (decision.leaf >= size) continue;
    if (decision.act == Act::withdraw) by_person.erase(decision.by);
    if (decision.act == Act::approve && decision.at <= now + kSkew && signs(decision)) by_person.try_emplace(decision.by, &decision);
  }
  std::vector<const Fact*> signatures;
  for (const auto& [person, fact] : by_person) signatures.push_back(fact);
  return signatures;
}

void add(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

// Who could still sign: of the root in force whoever has not, and of the proposed one whoever must accept.
void find_open(const trust::Root& current, bool of_root, ProposalStatus& status) {
  if (status.signed_by.size() < status.needed || status.signed_by_next.size() < status.needed_next) {
    for (const auto& principal : current.principals()) {
      const bool may = of_root ? principal.changes_root() : principal.has_role(trust::kAdminRole);
      if (may && std::ranges::find(status.signed_by, principal.name) == status.signed_by.end())
        add(status.open_to, principal.name);
    }
  }
  for (const auto& [name, key] : status.to_accept) add(status.open_to, name);
}

}  // namespace

ProposalStatus weigh(const trust::History& trust, const Proposal& proposal, std::uint64_t size, Timestamp now) {
  using enum ProposalStatus::State;
  ProposalStatus status;
  const auto* const current = trust.root_at(size);
  const auto* const next = proposal.next->root();
  const bool of_root = next != nullptr;
  status.needed = current->admin_threshold();
  status.needed_next = of_root ? next->admin_threshold() : 0;
  std::map<std::uint64_t, LeafHash> counted;
  for (const auto* const fact : standing(trust, proposal, size, now)) {
    status.signed_by.push_back(fact->by);
    status.recovery = status.recovery || current->find(fact->by)->has_role(trust::kRecoveryRole);
    counted.emplace(fact->leaf, fact->hash);
    if (of_root && signer_in(next, fact->by, fact->key, true) != nullptr) add(status.signed_by_next, fact->by);
  }
  if (of_root) status.to_accept = trust::new_admin_keys(*current, *next);
  for (const auto& acceptance : proposal.acceptances) {
    if (acceptance.leaf >= size || acceptance.at > now + kSkew) continue;
    const auto gone = std::erase_if(status.to_accept, [&](const auto& each) { return each.name == acceptance.by && each.key == acceptance.key; });
    if (gone == 0) continue;
    counted.emplace(acceptance.leaf, acceptance.hash);
    add(status.signed_by_next, acceptance.by);
  }
  for (const auto& [leaf, hash] : counted) status.signatures.push_back(hash);
  const auto* const catalog = trust.catalog_at(size);
  const auto before = of_root ? current->version() : catalog == nullptr ? 0 : catalog->version();
  if (proposal.next->version() != before + 1) {
    status.state = overtaken;
  } else if (proposal.rejection && proposal.rejection->leaf < size) {
    status.state = rejected;
  } else if (now > proposal.next->deadline()) {
    status.state = expired;
  } else {
    const bool enough = status.signed_by.size() >= status.needed && status.signed_by_next.size() >= status.needed_next;
    status.state = enough && status.to_accept.empty() ? complete : open;
    find_open(*current, of_root, status);
  }
  return status;
}

std::string_view to_string(ProposalStatus::State state) {
  using enum ProposalStatus::State;
  switch (state) {
    case open: return "open";
    case complete: return "complete";
    case rejected: return "rejected";
    case expired: return "expired";
    case overtaken: return "overtaken";
  }
  return "overtaken";
}

std::string missing_text(const ProposalStatus& status) {
  std::string text = status.needed == 1 ? std::string(status.signed_by.empty() ? "no admin has signed" : "an admin has signed")
                                        : fmt::format("{} of {} admins {} signed", status.signed_by.size(), status.needed, status.signed_by.size() == 1 ? "has" : "have");
  if (status.needed_next > status.needed)
    text += fmt::format(", {} of the {} who must sign from then on", status.signed_by_next.size(), status.needed_next);
  std::vector<std::string> names;
  for (const auto& [name, key] : status.to_accept) add(names, name);
  for (std::size_t i = 0; i < names.size(); ++i) text += fmt::format("{}{}", i == 0 ? "; still to accept: " : ", ", names[i]);
  return text;
}

bool waits_for(const ProposalStatus& status, const std::string& name) {
  return std::ranges::find(status.open_to, name) != status.open_to.end();
}

Result<> check_owners(const trust::Root& root, const Owner& owner) {
  for (const auto& principal : root.principals()) {
    for (const auto& key : principal.keys) {
      const auto before = owner(key);
      if (before && *before != principal.name)
        return fail(Exit::refused, fmt::format("a key of {} would become {}'s", *before, principal.name),
                    "every person needs a key of their own: blc key new");
    }
  }
  return {};
}

bool one_may_adopt(const trust::Root& current, const trust::Root& next) {
  return current.admin_threshold() == 1 && next.admin_threshold() == 1 && trust::new_admin_keys(current, next).empty();
}

Json decision_body(Act act, const LeafHash& proposal, const std::string& reason) {
  Json::Object body{{"decision", to_string(act)}, {"proposal", proposal.hex()}};
  if (!reason.empty()) body.emplace("reason", reason);
  return body;
}

Json acceptance_body(const LeafHash& proposal) { return Json::Object{{"proposal", proposal.hex()}}; }

Json adopting_body(const Json& next, const Citation& citation) {
  Json::Array signatures;
  for (const auto& signature : citation.signatures) signatures.emplace_back(signature.hex());
  auto body = *next.get_if<Json::Object>();
  body.emplace(kCites, Json::Object{{"proposal", citation.proposal.hex()}, {"signatures", std::move(signatures)}});
  return body;
}

Result<ProposalDecision> read_decision(const Fact& fact, const Json& body) {
  Fields fields(body, "approval");
  ProposalDecision decision{fact};
  const auto act = fields.string("decision");
  decision.proposal = LeafHash{fields.as("proposal", Digest::parse_hex)};
  if (fields.has("reason")) decision.reason = fields.string("reason");
  BLC_CHECK(fields.finish());
  if (decision.reason.size() > kLongestWords) return fail(Exit::ledger, fmt::format("a reason of more than {} bytes", kLongestWords));
  for (const auto known : {Act::approve, Act::reject, Act::withdraw}) {
    if (act != to_string(known)) continue;
    decision.act = known;
    return decision;
  }
  return fail(Exit::ledger, "an approval with an unknown decision");
}

trust::Delegation delegation_of(trust::Delegation body, const Fact& fact) {
  body.leaf = fact.leaf;
  body.from = fact.by;
  body.key = fact.key;
  body.at = fact.at;
  return body;
}

Result<Acceptance> read_acceptance(const Fact& fact, const Json& body) {
  Fields fields(body, "accept");
  Acceptance acceptance{fact};
  acceptance.proposal = LeafHash{fields.as("proposal", Digest::parse_hex)};
  BLC_CHECK(fields.finish());
  return acceptance;
}

Result<Adopting> read_adopting(Json body) {
  const auto* const cites = body.find(kCites);
  if (cites == nullptr) return Adopting{std::move(body), {}};
  Fields fields(*cites, "citation");
  Citation citation{LeafHash{fields.as("proposal", Digest::parse_hex)}, {}};
  const auto signatures = fields.strings("signatures");
  BLC_CHECK(fields.finish());
  for (const auto& signature : signatures) {
    const auto hash = Digest::parse_hex(signature);
    if (!hash) return fail(Exit::ledger, "a citation with a malformed hash");
    citation.signatures.push_back(LeafHash{*hash});
  }
  body.get_if<Json::Object>()->erase(std::string(kCites));
  return Adopting{std::move(body), std::move(citation)};
}

}  // namespace blc::approval
