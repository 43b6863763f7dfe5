//! [`PhoneNumber`]: a mobile number of Vietnam, checked once, where it is read.

/// A mobile number: nine digits after the trunk prefix, of which the first is 3, 5, 7, 8 or 9 (Circular 22/2014/TT-BTTTT
/// and the renumbering of 2018). Landlines get no SMS.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PhoneNumber(String);

/// The text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no mobile number of Vietnam like +84901234567 or 0901234567")]
pub struct PhoneNumberError;

impl PhoneNumber {
    /// `84901234567`, as gateways and Zalo want it.
    pub fn international(&self) -> String {
        format!("84{}", self.0)
    }

    /// `0901234567`, as people dial it.
    pub fn national(&self) -> String {
        format!("0{}", self.0)
    }
}

impl std::str::FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    /// Spaces, dots and hyphens between the digits are how people write them.
    fn from_str(text: &str) -> Result<Self, PhoneNumberError> {
        let bare: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
        let national = bare.strip_prefix("+84").or_else(|| bare.strip_prefix('0'));
        let national = national.or_else(|| bare.strip_prefix("84").filter(|rest| rest.len() == 9));
        let is_mobile = |digits: &str| {
            digits.len() == 9
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && digits.starts_with(['3', '5', '7', '8', '9'])
        };
        national.filter(|digits| is_mobile(digits)).map(|digits| PhoneNumber(digits.to_owned())).ok_or(PhoneNumberError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_the_forms_that_people_write() {
        for text in ["+84901234567", "84901234567", "0901234567", " 0901 234 567 ", "+84 90-123.4567"] {
            let number = text.parse::<PhoneNumber>().unwrap_or_else(|_| panic!("{text}"));
            assert_eq!((number.international().as_str(), number.national().as_str()), ("84901234567", "0901234567"));
        }
        let number: PhoneNumber = "0841234567".parse().expect("084 is a prefix of mobiles");
        assert_eq!(number.international(), "84841234567");
    }

    #[test]
    fn what_gets_no_sms_is_refused() {
        for text in [
            "",
            "0",
            "113",
            "02633822222",
            "+8490123456",
            "+849012345678",
            "+1 555 0100",
            "09o1234567",
            "84",
            "++84901234567",
        ] {
            assert!(text.parse::<PhoneNumber>().is_err(), "{text}");
        }
    }
}
