"""The labels that the platform brings for the pages of sites (``System.Label.Site.login_button``).

The names are those that the classes and pages use which a site brings into an org. Their texts are no part of any public document.
"""

from __future__ import annotations

_NAMES = """
address_information authorization_required bandwidth_limit_exceeded cancel change_password change_your_password
click_forget_password community_nickname confirm_password contact_information down_for_maintenance edit email
email_is_required email_us enter_password error file_not_found forgot_password forgot_password_confirmation
forgot_your_password_q get_in_touch go_to_login_page in_maintenance invalid_email lastname_is_required limit_exceeded
login login_button login_or_register_first logout my_profile my_profile_page new_password new_user_q old_password
page_not_found_detail password passwords_dont_match powered_by register registration_confirmation save site_login
site_under_construction sorry_for_inconvenience sorry_for_inconvenience_back_shortly stay_tuned submit
temp_password_sent thank_you_for_registering under_construction user_information user_registration username
verify_new_password
"""
_SITE = "site."
SITE_LABELS = frozenset(_SITE + name for name in _NAMES.split())


def is_site_label(name: str) -> bool:
    """Whether a label as it is written behind ``Label.`` is one that sites bring, case ignored."""
    return name.lower() in SITE_LABELS
